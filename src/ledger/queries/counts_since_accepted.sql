-- Accepted rows of a plan whose mailbox was suppressed since, by reason.
SELECT s.reason, count(DISTINCT i.invitation)
FROM suppression s JOIN invitation i ON i.plan = ?1 AND i.key = s.key
WHERE i.state = 'accepted' AND s.since >= i.state_at GROUP BY s.reason
