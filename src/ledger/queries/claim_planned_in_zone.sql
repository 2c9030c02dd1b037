-- Planned rows of a plan in one time zone, in planned order.
SELECT invitation, domain, segment, zone FROM invitation
WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL AND zone = ?2 ORDER BY invitation
