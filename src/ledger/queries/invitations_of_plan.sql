-- Every row of a plan, in planned order.
SELECT invitation, key, contact_id, address, name, segment, tier, region, stakeholder, language, fields, digest,
       message_id_local, state, attempts, first_attempt_at, last_attempt_at, next_at, date, code,
       (SELECT note FROM event WHERE seq = reply_event), zone
FROM invitation WHERE plan = ?1 ORDER BY invitation
