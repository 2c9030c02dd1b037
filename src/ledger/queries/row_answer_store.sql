-- Remembers what somebody said about a row; a later answer takes the place of an earlier one.
INSERT INTO row_answer (row, mailbox, at) VALUES (?1, ?2, ?3)
ON CONFLICT (row) DO UPDATE SET mailbox = excluded.mailbox, at = excluded.at
