-- Lifts a pause.
DELETE FROM halt WHERE campaign = ?1 AND kind = 'paused'
