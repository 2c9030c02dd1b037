-- Writes a suppression, in the place of a weaker one for the same mailbox and topic. Asked before: that none outweighs it.
INSERT INTO suppression (key, topic, reason, address, note, since, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (key, topic) DO UPDATE SET
    reason = excluded.reason, address = excluded.address, note = excluded.note, since = excluded.since, source = excluded.source
