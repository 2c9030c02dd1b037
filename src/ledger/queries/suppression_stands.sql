-- Whether this very suppression stands.
SELECT 1 FROM suppression WHERE key = ?1 AND topic = ?2
