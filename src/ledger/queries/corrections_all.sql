-- Every value a person replaced.
SELECT s.key, r.field, r.replaced FROM correction r JOIN contact_secret s ON s.contact = r.contact
ORDER BY r.contact, r.field, r.at
