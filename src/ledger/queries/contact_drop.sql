-- Takes away a contact that another one holds now.
DELETE FROM contact WHERE contact = ?1
