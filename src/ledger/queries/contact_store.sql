-- Writes a contact as it is now; the file it first came by stays the first.
INSERT INTO contact (contact, id, address, kind, title, given_name, family_name, name, gender, organisation, position,
                     stakeholder, country_kind, country, stated_region, language, stated_tier, time_zone, tags, source,
                     basis, purpose, obtained_on, custom, came_by, role,
                     other_names)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,
        ?26, ?27)
ON CONFLICT (contact) DO UPDATE SET
    id = excluded.id, address = excluded.address, kind = excluded.kind, title = excluded.title,
    given_name = excluded.given_name, family_name = excluded.family_name, name = excluded.name,
    gender = excluded.gender, organisation = excluded.organisation, position = excluded.position,
    stakeholder = excluded.stakeholder, country_kind = excluded.country_kind, country = excluded.country,
    stated_region = excluded.stated_region, language = excluded.language, stated_tier = excluded.stated_tier,
    time_zone = excluded.time_zone, tags = excluded.tags, source = excluded.source, basis = excluded.basis,
    purpose = excluded.purpose, obtained_on = excluded.obtained_on, custom = excluded.custom, role = excluded.role,
    other_names = excluded.other_names
