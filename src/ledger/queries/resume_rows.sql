-- Makes due what waited for a person to resume.
UPDATE invitation SET next_at = ?2
WHERE plan IN (SELECT plan FROM plan WHERE campaign = ?1) AND state = 'deferred' AND next_at >= ?3
