-- Whether any row of a plan was ever attempted.
SELECT EXISTS (SELECT 1 FROM invitation i JOIN attempt a ON a.invitation = i.invitation WHERE i.plan = ?1)
