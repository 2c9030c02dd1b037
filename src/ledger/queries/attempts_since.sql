-- When attempts began since a moment, ascending, with the recipient's domain. One that came back undecided does not count.
SELECT a.at, a.domain FROM attempt a LEFT JOIN outcome o ON o.attempt = a.attempt
WHERE a.at >= ?1 AND (o.state IS NULL OR o.state <> 'planned') ORDER BY a.at, a.attempt
