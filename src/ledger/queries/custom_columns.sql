-- The names of every custom column that any contact has. Asks for what every version of the ledger has.
SELECT DISTINCT held.key FROM contact, json_each(contact.custom) AS held ORDER BY held.key
