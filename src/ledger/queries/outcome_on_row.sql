-- Gives a row the state its attempt came to.
UPDATE invitation SET state = ?2, state_at = ?3, claimed_by = NULL, claimed_from = NULL, open_attempt = NULL, next_at = ?4,
    code = ?5, reply_event = ?6
WHERE invitation = ?1
