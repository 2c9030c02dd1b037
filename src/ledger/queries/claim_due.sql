-- Deferred rows of a plan that are due, longest due first.
SELECT invitation, contact, plan, campaign, domain, segment FROM invitation
WHERE plan = ?1 AND state = 'deferred' AND next_at <= ?2 ORDER BY next_at, invitation
