-- Lets one mailbox stand for another from now on.
INSERT INTO link (contact, current, kind, address, at) VALUES (?1, ?2, ?3, ?4, ?5)
