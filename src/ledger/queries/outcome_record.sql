-- Records how an attempt ended.
INSERT INTO outcome (attempt, at, state, code, enhanced, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
