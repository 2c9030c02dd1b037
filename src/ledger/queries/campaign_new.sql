-- Gives a campaign its number.
INSERT INTO campaign (name) VALUES (?1)
