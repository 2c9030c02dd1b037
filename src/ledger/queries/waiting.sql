-- What waits in a plan, by time zone (empty: without one): planned rows, which have no due time, and when the first deferred
-- row is due; rows that wait for a person are never due.
SELECT zone, NULL FROM invitation
WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL AND zone IS NOT NULL AND (?2 IS NULL OR segment = ?2) GROUP BY zone
UNION ALL
SELECT '', NULL WHERE NOT coalesce((SELECT zone IS NOT NULL FROM invitation WHERE plan = ?1 LIMIT 1), 1) AND EXISTS (
    SELECT 1 FROM invitation WHERE plan = ?1 AND state = 'planned' AND next_at IS NULL AND (?2 IS NULL OR segment = ?2)
)
UNION ALL
SELECT coalesce(zone, ''), min(next_at) FROM invitation
WHERE plan = ?1 AND state = 'deferred' AND next_at < ?3 AND (?2 IS NULL OR segment = ?2) GROUP BY 1
