-- Attempts of a plan without an outcome: their sender died, and nobody knows whether the message left.
SELECT open_attempt FROM invitation
WHERE plan = ?1 AND state = 'sending' AND open_attempt IS NOT NULL ORDER BY open_attempt
