-- Deferred rows of a plan that are due, longest due first.
SELECT invitation, domain, segment, zone FROM invitation
WHERE plan = ?1 AND state = 'deferred' AND next_at <= ?2 ORDER BY next_at, invitation
