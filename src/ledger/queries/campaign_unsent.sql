-- Rows of a campaign that would still be sent and are not on their way.
SELECT i.invitation, i.contact, i.plan FROM plan p JOIN invitation i ON i.plan = p.plan
WHERE p.campaign = ?1 AND i.state IN ('planned', 'sending', 'deferred') AND i.open_attempt IS NULL ORDER BY i.invitation
