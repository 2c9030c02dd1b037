-- Notes one contact a plan leaves out.
INSERT INTO held (plan, position, contact, key, contact_id, reason, column_name, value)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
