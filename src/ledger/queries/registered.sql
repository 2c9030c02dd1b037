-- Mailboxes registered for the meeting of a year.
SELECT key FROM participation WHERE stage = 'registration' AND year = ?1
