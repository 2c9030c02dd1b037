-- Years attended, ascending, of every mailbox with any.
SELECT key, year FROM participation WHERE stage = 'participation' ORDER BY year
