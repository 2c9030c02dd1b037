-- Rows in doubt of a campaign, all or one mailbox's.
SELECT i.invitation, i.contact, i.plan FROM plan p JOIN invitation i ON i.plan = p.plan
WHERE p.campaign = ?1 AND i.state = 'in_doubt' AND (?2 IS NULL OR i.key = ?2) ORDER BY i.invitation
