-- Removes the hold-backs of a plan that is being replaced.
DELETE FROM held WHERE plan = ?1
