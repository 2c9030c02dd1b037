-- How many messages of a campaign may be on their way this moment.
SELECT count(*) FROM plan p JOIN invitation i ON i.plan = p.plan AND i.state = 'sending'
WHERE p.campaign = ?1 AND i.open_attempt IS NOT NULL
