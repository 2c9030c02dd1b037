-- The mailboxes one stands for, oldest change first.
SELECT o.key, l.address, l.kind, l.at
FROM contact_secret c JOIN link l ON l.current = c.contact JOIN contact_secret o ON o.contact = l.contact
WHERE c.key = ?1 ORDER BY l.at, l.contact
