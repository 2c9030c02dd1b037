-- Remembers a value that a person replaced.
INSERT INTO correction (contact, field, replaced, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING
