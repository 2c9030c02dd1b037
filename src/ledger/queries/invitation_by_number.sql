-- One row.
SELECT invitation, key, contact_id, address, name, segment, tier, region, stakeholder, language, fields, digest,
       message_id_local, state, attempts, first_attempt_at, last_attempt_at, next_at, date, code,
       (SELECT note FROM event WHERE seq = reply_event), zone, contact, plan, campaign
FROM invitation WHERE invitation = ?1
