-- Rows of every campaign that would still be sent, and have not been cancelled.
SELECT invitation, contact, plan FROM invitation
WHERE (state = 'planned' OR state = 'deferred' OR state = 'sending') AND open_attempt IS NULL ORDER BY invitation
