-- Gives a row the state its attempt came to, if that attempt is the one under way.
UPDATE invitation SET state = ?2, state_at = ?3, claimed_by = NULL, claimed_from = NULL, open_attempt = NULL, next_at = ?4,
    code = ?5, reply_event = ?6
WHERE invitation = ?1 AND open_attempt = ?7
