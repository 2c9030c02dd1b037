-- The key of the mailbox that stands for a replaced one, by its key; no row where nothing replaced it.
SELECT c.key FROM contact_secret s JOIN link l ON l.contact = s.contact JOIN contact_secret c ON c.contact = l.current
WHERE s.key = ?1
