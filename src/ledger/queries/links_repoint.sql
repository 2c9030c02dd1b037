-- Lets another mailbox stand for all that one stood for, so that links never lead to links.
UPDATE link SET current = ?2 WHERE current = ?1
