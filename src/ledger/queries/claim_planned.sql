-- Planned rows of a plan, in planned order.
SELECT invitation, domain, segment, zone FROM invitation
WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL ORDER BY invitation
