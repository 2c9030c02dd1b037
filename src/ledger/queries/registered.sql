-- Mailboxes registered for the coming meeting: the latest with registrations, once no later one has participants.
SELECT key FROM participation
WHERE stage = 'registration'
  AND year = (SELECT max(year) FROM participation WHERE stage = 'registration')
  AND year > (SELECT coalesce(max(year), 0) FROM participation WHERE stage = 'participation')
