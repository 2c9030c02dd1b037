-- A mailbox stands for itself again.
DELETE FROM link WHERE contact = ?1
