-- Gives a contact another mailbox; everything else about it stays.
UPDATE contact SET contact = ?2, address = ?3 WHERE contact = ?1
