-- Every other mailbox of the person who has this one, with its address where it is known.
WITH asked AS (
    SELECT s.contact, coalesce(l.current, s.contact) AS current
    FROM contact_secret s LEFT JOIN link l ON l.contact = s.contact WHERE s.key = ?1
)
SELECT s.key, coalesce(c.address, '') FROM asked JOIN contact_secret s ON s.contact = asked.current
LEFT JOIN contact c ON c.contact = s.contact WHERE s.contact <> asked.contact
UNION ALL
SELECT s.key, l.address FROM asked JOIN link l ON l.current = asked.current JOIN contact_secret s ON s.contact = l.contact
WHERE l.contact <> asked.contact
