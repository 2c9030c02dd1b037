-- Removes contacts of people who were forgotten: an older copy of the ledger may hold them still.
DELETE FROM contact WHERE contact IN (
    SELECT c.contact FROM contact_secret c JOIN suppression s ON s.key = c.key WHERE s.reason = 'erased'
)
