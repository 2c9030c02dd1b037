-- The latest plan of a campaign.
SELECT p.id, c.name, p.digest, p.at, p.made_by, p.inputs, p.snapshot, p.analysis, p.held_back, p.by_segment, p.by_language
FROM plan p JOIN campaign c ON c.campaign = p.campaign WHERE c.name = ?1 ORDER BY p.plan DESC LIMIT 1
