-- Everything that happened to one person, at this mailbox and at those linked with it, in order.
WITH asked AS (
    SELECT coalesce(l.current, s.contact) AS current
    FROM contact_secret s LEFT JOIN link l ON l.contact = s.contact WHERE s.key = ?1
)
SELECT e.seq, e.at, e.by, e.what, c.id, e.campaign, e.plan, e.state, e.code, e.message_id, e.detail, e.note
FROM event e LEFT JOIN contact c ON c.contact = (SELECT current FROM asked)
WHERE e.contact IN (SELECT current FROM asked UNION SELECT l.contact FROM link l JOIN asked ON l.current = asked.current)
ORDER BY e.seq
