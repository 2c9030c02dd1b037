-- Every suppression, oldest first.
SELECT key, topic, reason, address, note, since, source FROM suppression ORDER BY since, key, topic
