-- Why an intent was not recorded: the row, and whether a suppression stands.
SELECT i.contact, i.plan, i.campaign, i.state = 'sending' AND i.claimed_by = ?2, i.open_attempt IS NOT NULL, i.claimed_from,
       EXISTS (SELECT 1 FROM suppression s WHERE s.key = i.key AND s.topic IN ('*', p.topic))
FROM invitation i JOIN plan p ON p.plan = i.plan WHERE i.invitation = ?1
