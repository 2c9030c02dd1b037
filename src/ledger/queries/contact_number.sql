-- The number of a mailbox, by its key.
SELECT contact FROM contact_secret WHERE key = ?1
