-- Gives a file its number.
INSERT INTO source_file (path) VALUES (?1)
