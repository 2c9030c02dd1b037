-- Forgets that a value was replaced: a person gave it back.
DELETE FROM correction WHERE contact = ?1 AND field = ?2 AND replaced = ?3
