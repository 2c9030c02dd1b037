-- Adds a row to a plan; none where this person has a live invitation to the campaign already.
INSERT INTO invitation (plan, campaign, contact, key, contact_id, address, domain, name, segment, tier, region, stakeholder,
                        language, fields, digest, message_id_local, planned_event, state, state_at, zone)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 'planned', ?18, ?19)
ON CONFLICT DO NOTHING
