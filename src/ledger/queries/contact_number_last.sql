-- The highest number of a mailbox, 0 where there is none.
SELECT coalesce(max(contact), 0) FROM contact_secret
