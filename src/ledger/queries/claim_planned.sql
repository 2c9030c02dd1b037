-- Planned rows of a plan, in planned order.
SELECT invitation, contact, plan, campaign, domain, segment FROM invitation
WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL ORDER BY invitation
