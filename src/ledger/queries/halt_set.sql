-- Halts a campaign from the next intent on.
INSERT INTO halt (campaign, kind, reason, at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (campaign, kind) DO UPDATE SET reason = excluded.reason, at = excluded.at
