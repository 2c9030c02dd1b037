-- The hash of one event of the chain.
SELECT hash FROM event WHERE seq = ?1
