-- Every invitation that is more than a plan: attempted ones, and those a suppression stopped, each with the mailbox its
-- person has now. One in doubt that a person gave up may have arrived all the same, so it stays in doubt here.
SELECT coalesce((SELECT s.key FROM link l JOIN contact_secret s ON s.contact = l.current WHERE l.contact = i.contact), i.key),
       c.name,
       CASE WHEN i.state = 'cancelled' AND EXISTS (
           SELECT 1 FROM event e WHERE e.contact = i.contact AND e.invitation = i.invitation
              AND e.what = 'settled' AND e.detail = 'give-up'
              AND e.contact IS NOT NULL AND e.what <> 'intent' AND e.what <> 'accepted' -- as the index by mailbox says
       ) THEN 'in_doubt' ELSE i.state END,
       i.last_attempt_at, i.segment
FROM invitation i JOIN campaign c ON c.campaign = i.campaign
WHERE i.state IN ('in_doubt', 'accepted', 'rejected', 'suppressed', 'expired') OR i.first_attempt_at IS NOT NULL
ORDER BY i.invitation
