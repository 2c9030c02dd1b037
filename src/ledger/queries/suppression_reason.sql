-- Why a mailbox is not written to about a topic; no row where nothing stands.
SELECT reason FROM suppression WHERE key = ?1 AND topic = ?2
