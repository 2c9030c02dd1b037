-- Gives the corrections of one mailbox to another; those it has already stay behind.
UPDATE OR IGNORE correction SET contact = ?2 WHERE contact = ?1
