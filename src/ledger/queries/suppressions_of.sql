-- The suppressions of one mailbox, oldest first.
SELECT key, topic, reason, address, note, since, source FROM suppression WHERE key = ?1 ORDER BY since, topic
