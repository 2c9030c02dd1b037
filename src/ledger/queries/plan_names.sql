-- What a plan and its campaign are called.
SELECT p.id, c.name FROM plan p JOIN campaign c ON c.campaign = p.campaign WHERE p.plan = ?1
