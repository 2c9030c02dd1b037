-- Whether the rows of a plan have time zones: all of them or none.
SELECT zone IS NOT NULL FROM invitation WHERE plan = ?1 LIMIT 1
