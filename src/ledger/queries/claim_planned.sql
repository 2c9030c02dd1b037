-- Planned rows of a plan behind one of them, in planned order.
SELECT invitation, domain, segment, zone FROM invitation
WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL AND invitation > ?2 ORDER BY invitation
