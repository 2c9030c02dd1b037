-- Whose a row is.
SELECT invitation, contact, plan, campaign FROM invitation WHERE invitation = ?1
