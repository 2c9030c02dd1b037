-- Everything that happened to one person, at this mailbox and at those linked with it, in order. Events of sending are found by
-- invitation, the others by mailbox (migration 0007); the conditions on `what` are those of the two indexes.
WITH asked AS (
    SELECT coalesce(l.current, s.contact) AS current
    FROM contact_secret s LEFT JOIN link l ON l.contact = s.contact WHERE s.key = ?1
),
mailbox AS (
    SELECT current AS contact FROM asked UNION SELECT l.contact FROM link l JOIN asked ON l.current = asked.current
),
theirs AS (
    SELECT i.invitation FROM mailbox m JOIN contact_secret s ON s.contact = m.contact JOIN invitation i ON i.key = s.key
),
found AS (
    SELECT e.seq FROM event e INDEXED BY event_of_contact
    WHERE e.contact IN (SELECT contact FROM mailbox) AND e.contact IS NOT NULL AND e.what <> 'intent' AND e.what <> 'accepted'
    UNION ALL
    SELECT e.seq FROM event e INDEXED BY event_of_invitation
    WHERE e.invitation IN (SELECT invitation FROM theirs) AND e.what = 'intent'
    UNION ALL
    SELECT e.seq FROM event e INDEXED BY event_of_invitation
    WHERE e.invitation IN (SELECT invitation FROM theirs) AND e.what = 'accepted'
)
SELECT e.seq, e.at, e.by, e.what, c.id, e.campaign, e.plan, e.state, e.code, e.message_id, e.detail, e.note
FROM found JOIN event e ON e.seq = found.seq LEFT JOIN contact c ON c.contact = (SELECT current FROM asked)
ORDER BY e.seq
