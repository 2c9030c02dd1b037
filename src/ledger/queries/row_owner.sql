-- Whose a row of a campaign's latest plan is, and its state.
SELECT contact, plan, state FROM invitation i
WHERE invitation = ?1 AND plan = (SELECT max(p.plan) FROM plan p WHERE p.campaign = i.campaign)
