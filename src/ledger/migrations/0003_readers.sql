-- Who reads a mailbox: the names that came for it besides the contact's own, and what a multiplier is.
-- `kind` is empty from now on where nobody stated it. Until now it said `person` there, too, and cannot be told apart.
ALTER TABLE contact ADD COLUMN role TEXT NOT NULL DEFAULT '';
ALTER TABLE contact ADD COLUMN other_names TEXT NOT NULL DEFAULT '[]';
UPDATE contact SET kind = '' WHERE kind = 'person';
