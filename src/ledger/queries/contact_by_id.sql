-- The mailbox of the contact with an id. Asked by people, one at a time: no index is kept for it.
SELECT s.key FROM contact c JOIN contact_secret s ON s.contact = c.contact WHERE c.id = ?1
