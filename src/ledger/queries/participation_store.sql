-- Writes what is known of one person at one meeting.
INSERT INTO participation (stage, year, key, base, country_kind, country, stated_region, stakeholder, gender, language, newcomer)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (stage, year, key) DO UPDATE SET
    base = excluded.base, country_kind = excluded.country_kind, country = excluded.country,
    stated_region = excluded.stated_region, stakeholder = excluded.stakeholder, gender = excluded.gender,
    language = excluded.language, newcomer = excluded.newcomer
