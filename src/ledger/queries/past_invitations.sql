-- Every invitation that is more than a plan: attempted ones, and those a suppression stopped.
SELECT i.key, c.name, i.state, i.last_attempt_at
FROM invitation i JOIN campaign c ON c.campaign = i.campaign
WHERE i.state IN ('in_doubt', 'accepted', 'rejected', 'suppressed', 'expired') OR i.first_attempt_at IS NOT NULL
ORDER BY i.invitation
