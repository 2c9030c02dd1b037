-- Forgets the corrections of a mailbox.
DELETE FROM correction WHERE contact = ?1
