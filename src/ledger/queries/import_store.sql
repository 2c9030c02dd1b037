-- Remembers a finished import; the same file again takes its place.
INSERT INTO import (fingerprint, file, kind, rows, at, after_event, changes, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (fingerprint) DO UPDATE SET
    file = excluded.file, rows = excluded.rows, at = excluded.at, after_event = excluded.after_event,
    changes = excluded.changes, version = excluded.version
