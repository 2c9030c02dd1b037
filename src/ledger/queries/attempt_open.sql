-- An attempt whose outcome is not recorded yet.
SELECT i.invitation, i.contact, i.plan, i.campaign, a.message_id
FROM attempt a JOIN invitation i ON i.invitation = a.invitation WHERE a.attempt = ?1 AND i.open_attempt = a.attempt
