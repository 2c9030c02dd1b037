-- What is known of one person at one meeting.
SELECT year, key, base, country_kind, country, stated_region, stakeholder, gender, language, newcomer
FROM participation WHERE stage = ?1 AND year = ?2 AND key = ?3
