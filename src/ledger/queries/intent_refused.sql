-- Why an intent was not recorded: the row, whether a suppression stands, whether the mailbox was replaced, and whether
-- another mailbox of the person has the campaign's invitation.
SELECT i.contact, i.plan, i.campaign, i.state = 'sending' AND i.claimed_by = ?2, i.open_attempt IS NOT NULL, i.claimed_from,
       EXISTS (SELECT 1 FROM suppression s WHERE s.key = i.key AND (s.topic = '*' OR s.topic = p.topic COLLATE NOCASE)),
       EXISTS (SELECT 1 FROM link l WHERE l.contact = i.contact),
       EXISTS (
           SELECT 1 FROM link l JOIN contact_secret s ON s.contact = l.contact JOIN invitation o ON o.key = s.key
           WHERE l.current = i.contact AND o.campaign = i.campaign
             AND (o.state = 'accepted' OR o.state = 'in_doubt' OR o.open_attempt IS NOT NULL)
       )
FROM invitation i JOIN plan p ON p.plan = i.plan WHERE i.invitation = ?1
