-- What happened to a campaign as a whole, in order.
SELECT e.seq, e.at, e.by, e.what, c.id, e.campaign, e.plan, e.state, e.code, e.message_id, e.detail, e.note
FROM event e LEFT JOIN contact c ON c.contact = e.contact
WHERE e.campaign = ?1 AND e.contact IS NULL ORDER BY e.seq
