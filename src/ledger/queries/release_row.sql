-- Gives back a row this opened ledger claimed and made no intent for.
UPDATE invitation SET state = claimed_from, claimed_from = NULL, claimed_by = NULL
WHERE invitation = ?1 AND claimed_by = ?2 AND open_attempt IS NULL
