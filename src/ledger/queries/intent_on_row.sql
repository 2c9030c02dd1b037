-- Marks a row as under way; the first intent fixes its Date.
UPDATE invitation SET open_attempt = ?2, attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, ?3),
    last_attempt_at = ?3, date = coalesce(date, ?4)
WHERE invitation = ?1
