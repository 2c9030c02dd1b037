-- When the next deferred row of a plan is due; rows that wait for a person are never due.
SELECT min(next_at) FROM invitation WHERE plan = ?1 AND state = 'deferred' AND next_at < ?2
