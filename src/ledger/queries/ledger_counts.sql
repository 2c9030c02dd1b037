-- How many contacts and suppressions there are.
SELECT (SELECT count(*) FROM contact), (SELECT count(*) FROM suppression)
