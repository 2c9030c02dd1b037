-- How many events behind a position tell of a changed contact (`What::changes_contact`).
SELECT count(*) FROM event
WHERE seq > ?1
  AND (what = 'imported' OR what = 'merged' OR what = 'changed' OR what = 'moved' OR what = 'forgotten')
