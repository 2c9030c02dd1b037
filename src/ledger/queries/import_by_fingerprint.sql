-- The finished import of one file, as it was read.
SELECT fingerprint, file, kind, rows FROM import WHERE fingerprint = ?1
