-- The last entry of the chain: its position, its hash, and when it was made. No row in an empty ledger.
SELECT seq, hash, at FROM event ORDER BY seq DESC LIMIT 1
