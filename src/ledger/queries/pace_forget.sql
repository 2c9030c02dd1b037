-- A stream is not slowed any more.
DELETE FROM pace WHERE kind = ?1 AND name = ?2
