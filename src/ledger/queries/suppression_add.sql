-- Adds a suppression; one that stands already is left as it is.
INSERT INTO suppression (key, topic, reason, address, note, since, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (key, topic) DO NOTHING
