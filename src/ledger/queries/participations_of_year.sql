-- Every participation of a year, in the order of its keys.
SELECT year, key, base, country_kind, country, stated_region, stakeholder, gender, language, newcomer
FROM participation WHERE stage = 'participation' AND year = ?1 ORDER BY key
