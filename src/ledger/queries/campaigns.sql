-- Campaigns with a plan, by name.
SELECT name FROM campaign c WHERE EXISTS (SELECT 1 FROM plan p WHERE p.campaign = c.campaign) ORDER BY name
