-- Removes a plan that is being replaced, after its rows and hold-backs.
DELETE FROM plan WHERE plan = ?1
