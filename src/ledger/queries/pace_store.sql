-- Remembers the pace of a slowed stream.
INSERT INTO pace (kind, name, rest, longest_rest, since, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (kind, name) DO UPDATE SET
    rest = excluded.rest, longest_rest = excluded.longest_rest, since = excluded.since, at = excluded.at
