-- Removes the links of people who were forgotten: they hold an address, and lead to no contact any more. What was said about
-- one mailbox of theirs stands for each of them.
DELETE FROM link WHERE current IN (
    SELECT c.contact FROM contact_secret c JOIN suppression s ON s.key = c.key WHERE s.reason = 'erased'
)
