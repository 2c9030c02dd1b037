-- Every contact that first came by one file, in the order in which they were first stored.
SELECT s.key, c.id, c.address, c.kind, c.title, c.given_name, c.family_name, c.name, c.gender, c.organisation, c.position,
       c.stakeholder, c.country_kind, c.country, c.stated_region, c.language, c.stated_tier, c.time_zone, c.tags, c.source,
       c.basis, c.purpose, c.obtained_on, c.custom, c.role, c.other_names
FROM contact c JOIN contact_secret s ON s.contact = c.contact
WHERE c.came_by = (SELECT file FROM source_file WHERE path = ?1)
ORDER BY c.contact
