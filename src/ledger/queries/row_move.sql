-- Gives a row another state; it is no longer claimed.
UPDATE invitation SET state = ?2, state_at = ?3, claimed_by = NULL, claimed_from = NULL, open_attempt = NULL, next_at = ?4
WHERE invitation = ?1
