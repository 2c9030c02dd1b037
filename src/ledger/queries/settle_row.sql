-- Gives a row in doubt the state a person decided; a reply it never got is not kept.
UPDATE invitation SET state = ?2, state_at = ?3, next_at = NULL, code = NULL, reply_event = NULL WHERE invitation = ?1
