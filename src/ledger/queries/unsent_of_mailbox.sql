-- Rows of one mailbox that would still be sent and that no sender holds.
SELECT invitation, contact, plan FROM invitation
WHERE key = ?1 AND (state = 'planned' OR state = 'deferred') ORDER BY invitation
