-- Whether any mailbox was ever replaced by another.
SELECT 1 FROM link LIMIT 1
