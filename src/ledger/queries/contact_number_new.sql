-- Gives a mailbox a number, the next one for NULL, and its secret. Changes nothing where it has them.
INSERT INTO contact_secret (contact, key, secret) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING
