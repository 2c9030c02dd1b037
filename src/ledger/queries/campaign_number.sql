-- The number of a campaign, by its name.
SELECT campaign FROM campaign WHERE name = ?1
