-- Removes the rows of a plan none of which was ever attempted.
DELETE FROM invitation WHERE plan = ?1
