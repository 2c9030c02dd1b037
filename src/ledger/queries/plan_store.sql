-- Stores a plan without its rows.
INSERT INTO plan (id, campaign, digest, at, made_by, topic, inputs, snapshot, analysis, held_back, by_segment, by_language)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
