-- Rows of one mailbox that would still be sent, where a mailbox it stands for has, or may have, the campaign's invitation.
SELECT i.invitation, i.contact, i.plan FROM invitation i
WHERE i.key = ?1 AND (i.state = 'planned' OR i.state = 'deferred') AND EXISTS (
    SELECT 1 FROM link l JOIN contact_secret s ON s.contact = l.contact JOIN invitation o ON o.key = s.key
    WHERE l.current = i.contact AND o.campaign = i.campaign
      AND (o.state = 'accepted' OR o.state = 'in_doubt' OR o.open_attempt IS NOT NULL)
) ORDER BY i.invitation
