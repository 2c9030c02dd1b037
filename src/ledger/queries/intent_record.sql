-- Records an attempt about to be made, only while our claim stands, the message is the planned one, no suppression stands,
-- the mailbox is the person's current one, no other mailbox of theirs has the campaign's invitation, and the campaign may
-- send. One statement, so that nothing can come between the question and the record.
INSERT INTO attempt (invitation, at, domain, message_id, digest, event)
SELECT i.invitation, ?2, i.domain, ?3, i.digest, ?4
FROM invitation i JOIN plan p ON p.plan = i.plan
WHERE i.invitation = ?1 AND i.state = 'sending' AND i.claimed_by = ?5 AND i.open_attempt IS NULL
  AND i.digest = ?6 AND i.message_id_local = ?7 AND (i.date IS NULL OR i.date = ?8)
  AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.key = i.key AND s.topic = '*')
  AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.key = i.key AND s.topic = p.topic COLLATE NOCASE)
  AND NOT EXISTS (SELECT 1 FROM link l WHERE l.contact = i.contact)
  AND NOT EXISTS (
      SELECT 1 FROM link l JOIN contact_secret s ON s.contact = l.contact JOIN invitation o ON o.key = s.key
      WHERE l.current = i.contact AND o.campaign = i.campaign
        AND (o.state = 'accepted' OR o.state = 'in_doubt' OR o.open_attempt IS NOT NULL)
  )
  AND NOT EXISTS (SELECT 1 FROM halt h WHERE h.campaign = i.campaign)
