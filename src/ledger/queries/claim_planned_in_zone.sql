-- Planned rows of a plan in one time zone, in planned order. Named, because the planner would rather walk all planned rows.
SELECT invitation, domain, segment, zone FROM invitation INDEXED BY planned_by_zone
WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL AND zone = ?2 ORDER BY invitation
