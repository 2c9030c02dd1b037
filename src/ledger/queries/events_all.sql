-- The whole chain in order, with the secret of each mailbox where it still stands.
SELECT e.seq, e.at, e.by, e.what, e.contact, e.invitation, e.campaign, e.plan, e.state, e.code, e.message_id, e.detail,
       e.note, e.note_digest, e.previous, e.hash, s.secret
FROM event e LEFT JOIN contact_secret s ON s.contact = e.contact ORDER BY e.seq
