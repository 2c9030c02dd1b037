-- The secret of one mailbox; NULL once it is forgotten.
SELECT secret FROM contact_secret WHERE contact = ?1
