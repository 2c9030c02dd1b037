-- The first entry an attempt or outcome relies on that does not say the same, or is missing.
SELECT event, what FROM (
    SELECT a.event AS event, 'its attempt does not match it' AS what
    FROM attempt a LEFT JOIN event e ON e.seq = a.event
    WHERE e.seq IS NULL OR e.what <> 'intent' OR e.invitation <> a.invitation OR e.at <> a.at
       OR e.message_id <> a.message_id OR e.detail <> a.digest
    UNION ALL
    SELECT o.event, 'its outcome does not match it'
    FROM outcome o JOIN attempt a ON a.attempt = o.attempt LEFT JOIN event e ON e.seq = o.event
    WHERE e.seq IS NULL OR e.invitation <> a.invitation OR e.at <> o.at OR e.state <> o.state
       OR e.code IS NOT o.code
    UNION ALL
    SELECT i.planned_event, 'its planned message does not match it'
    FROM invitation i LEFT JOIN event e ON e.seq = i.planned_event
    WHERE e.seq IS NULL OR e.what <> 'planned' OR e.invitation <> i.invitation OR e.detail <> i.digest
    UNION ALL
    SELECT e.seq, 'its attempt is missing'
    FROM event e WHERE e.what = 'intent'
      AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.invitation = e.invitation AND a.event = e.seq)
    UNION ALL
    SELECT e.seq, 'its outcome is missing'
    FROM event e WHERE e.what IN ('accepted', 'deferred', 'rejected', 'in_doubt', 'returned') AND e.message_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM attempt a JOIN outcome o ON o.attempt = a.attempt
                      WHERE a.invitation = e.invitation AND o.event = e.seq)
) ORDER BY event LIMIT 1
