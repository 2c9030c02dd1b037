-- Gives back every claim without an intent, whoever made it.
UPDATE invitation SET state = claimed_from, claimed_from = NULL, claimed_by = NULL
WHERE claimed_by IS NOT NULL AND open_attempt IS NULL AND plan = ?1 AND state = 'sending'
