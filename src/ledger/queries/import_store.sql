-- Remembers a finished import; the same file again only moves its time.
INSERT INTO import (fingerprint, file, kind, rows, at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (fingerprint) DO UPDATE SET file = excluded.file, rows = excluded.rows, at = excluded.at
