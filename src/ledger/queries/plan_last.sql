-- A campaign's latest plan, and whether any of its rows was ever attempted.
SELECT p.plan, p.id, EXISTS (SELECT 1 FROM invitation i JOIN attempt a ON a.invitation = i.invitation WHERE i.plan = p.plan)
FROM plan p WHERE p.campaign = ?1 ORDER BY p.plan DESC LIMIT 1
