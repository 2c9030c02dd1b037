-- Everything that happened to one mailbox, in order.
SELECT e.seq, e.at, e.by, e.what, c.id, e.campaign, e.plan, e.state, e.code, e.message_id, e.detail, e.note
FROM contact_secret s JOIN event e ON e.contact = s.contact LEFT JOIN contact c ON c.contact = s.contact
WHERE s.key = ?1 ORDER BY e.seq
