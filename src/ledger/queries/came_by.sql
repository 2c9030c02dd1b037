-- The file by which a contact first came.
SELECT f.path FROM contact_secret s JOIN contact c ON c.contact = s.contact JOIN source_file f ON f.file = c.came_by
WHERE s.key = ?1
