-- Every row, as its state should follow from the chain: a claim without an intent is what it was before.
SELECT i.invitation, p.id, CASE WHEN i.state = 'sending' AND i.open_attempt IS NULL THEN i.claimed_from ELSE i.state END
FROM invitation i JOIN plan p ON p.plan = i.plan
