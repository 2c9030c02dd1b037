-- The contact of one mailbox.
SELECT s.key, c.id, c.address, c.kind, c.title, c.given_name, c.family_name, c.name, c.gender, c.organisation, c.position,
       c.stakeholder, c.country_kind, c.country, c.stated_region, c.language, c.stated_tier, c.time_zone, c.tags, c.source,
       c.basis, c.purpose, c.obtained_on, c.custom, c.role, c.other_names
FROM contact_secret s JOIN contact c ON c.contact = s.contact
WHERE s.key = ?1
