-- Rows in doubt of a campaign: all, or one person's, at this mailbox or one linked with it.
SELECT i.invitation, i.contact, i.plan FROM plan p JOIN invitation i ON i.plan = p.plan
WHERE p.campaign = ?1 AND i.state = 'in_doubt' AND (?2 IS NULL OR i.key = ?2 OR i.contact IN (
    SELECT l.contact FROM link l JOIN contact_secret s ON s.contact = l.current WHERE s.key = ?2
)) ORDER BY i.invitation
