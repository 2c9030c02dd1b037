-- A fact about the ledger itself.
SELECT value FROM fact WHERE name = ?1
