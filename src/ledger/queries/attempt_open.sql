-- Whose an attempt is.
SELECT i.invitation, i.contact, i.plan, i.campaign, a.message_id
FROM attempt a JOIN invitation i ON i.invitation = a.invitation WHERE a.attempt = ?1
