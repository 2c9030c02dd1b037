-- Years with any participation, ascending.
SELECT DISTINCT year FROM participation WHERE stage = 'participation' ORDER BY year
