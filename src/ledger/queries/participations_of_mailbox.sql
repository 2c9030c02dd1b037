-- Every meeting of one mailbox, past and coming.
SELECT year, key, base, country_kind, country, stated_region, stakeholder, gender, language, newcomer, stage
FROM participation WHERE key = ?1
