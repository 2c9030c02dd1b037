-- Whose a row is, and its state.
SELECT contact, plan, state FROM invitation WHERE invitation = ?1
