-- Rows of a plan by state.
SELECT state, count(*) FROM invitation WHERE plan = ?1 GROUP BY state
