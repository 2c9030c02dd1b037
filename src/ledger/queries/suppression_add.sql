-- Adds a suppression; one that stands already is left as it is, except that what a person said outlives a hard bounce.
INSERT INTO suppression (key, topic, reason, address, note, since, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (key, topic) DO UPDATE SET
    reason = excluded.reason, address = excluded.address, note = excluded.note, since = excluded.since, source = excluded.source
WHERE suppression.reason = 'hard_bounce' AND excluded.reason <> 'hard_bounce'
