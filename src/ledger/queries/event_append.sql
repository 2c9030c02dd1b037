-- Appends one entry to the chain.
INSERT INTO event (seq, at, by, what, contact, invitation, campaign, plan, state, code, message_id, detail, note,
                   note_digest, previous, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
