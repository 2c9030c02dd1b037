-- Deferred rows of a plan whose first attempt is too long ago; not those that wait for a person.
SELECT invitation, contact, plan FROM invitation
WHERE plan = ?1 AND state = 'deferred' AND first_attempt_at < ?2 AND next_at < ?3 ORDER BY invitation
