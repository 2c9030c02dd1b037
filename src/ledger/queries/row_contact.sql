-- The mailbox and the plan of a row.
SELECT contact, plan FROM invitation WHERE invitation = ?1
