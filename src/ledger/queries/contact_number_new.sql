-- Gives a mailbox its number and its secret.
INSERT INTO contact_secret (key, secret) VALUES (?1, ?2)
