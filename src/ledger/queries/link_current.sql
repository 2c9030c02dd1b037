-- The mailbox that stands for a replaced one, by the number of that; no row where nothing replaced it.
SELECT current, kind FROM link WHERE contact = ?1
