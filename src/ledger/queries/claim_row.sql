-- Claims one row for this opened ledger and returns it.
UPDATE invitation SET claimed_from = state, claimed_by = ?2, state = 'sending'
WHERE invitation = ?1 AND state IN ('planned', 'deferred')
RETURNING invitation, key, contact_id, address, name, segment, tier, region, stakeholder, language, fields, digest,
       message_id_local, state, attempts, first_attempt_at, last_attempt_at, next_at, date, code,
       (SELECT note FROM event WHERE seq = reply_event)
