-- Whether this very suppression stands. A hard bounce speaks of a mailbox only: beside it, what a person said is new.
SELECT 1 FROM suppression WHERE key = ?1 AND topic = ?2 AND (reason <> 'hard_bounce' OR ?3 = 'hard_bounce')
