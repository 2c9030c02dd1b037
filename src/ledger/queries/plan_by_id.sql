-- The number of a plan, by its id.
SELECT plan FROM plan WHERE id = ?1
