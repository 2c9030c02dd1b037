-- The finished import of one file, as it was read.
SELECT fingerprint, file, kind, rows, after_event, changes, version FROM import WHERE fingerprint = ?1
