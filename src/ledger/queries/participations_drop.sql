-- Takes away the participations of a mailbox that another one stands for: they are that one's now.
DELETE FROM participation WHERE key = ?1
