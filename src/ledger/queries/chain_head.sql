-- The last entry of the chain: its position and hash. No row in an empty ledger.
SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1
