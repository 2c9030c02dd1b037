-- Every invitation of every plan; for accepted ones, why their mailbox was suppressed since; a complaint
-- before a bounce before an opt-out.
SELECT i.invitation, i.key, i.contact_id, i.address, i.name, i.segment, i.tier, i.region, i.stakeholder, i.language, i.fields,
       i.digest, i.message_id_local, i.state, i.attempts, i.first_attempt_at, i.last_attempt_at, i.next_at, i.date, i.code,
       (SELECT note FROM event WHERE seq = i.reply_event),
       c.name, p.id,
       CASE WHEN i.state = 'accepted' THEN
           (SELECT CASE s.reason WHEN 'hard_bounce' THEN 'bounced' ELSE s.reason END FROM suppression s
            WHERE s.key = i.key AND s.since >= i.state_at AND s.reason IN ('complained', 'hard_bounce', 'opted_out')
            ORDER BY s.reason LIMIT 1)
       END,
       (SELECT a.message_id FROM attempt a WHERE a.invitation = i.invitation LIMIT 1)
FROM invitation i JOIN plan p ON p.plan = i.plan JOIN campaign c ON c.campaign = i.campaign
ORDER BY i.invitation
