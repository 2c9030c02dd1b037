-- What people change after import: addresses that were replaced, contacts that turned out to be one person, values that
-- a person corrected; and the file by which each contact first came.

-- Files that contacts first came by, as the path was given. A contact holds the number, which is shorter.
CREATE TABLE source_file (
    file INTEGER PRIMARY KEY NOT NULL,
    path TEXT NOT NULL UNIQUE
) STRICT;

-- NULL: it came before the ledger noted this, or by no file.
ALTER TABLE contact ADD COLUMN came_by INTEGER REFERENCES source_file (file);

-- A mailbox that stands for another now. Links always point to the current mailbox, which has no link itself: there are
-- no chains to follow, and no circles. `address` is personal: blank it when the person is forgotten.
CREATE TABLE link (
    contact INTEGER PRIMARY KEY NOT NULL REFERENCES contact_secret (contact),
    current INTEGER NOT NULL REFERENCES contact_secret (contact),
    kind    TEXT NOT NULL CHECK (kind = 'moved' OR kind = 'merged'),
    address TEXT NOT NULL,
    at      INTEGER NOT NULL,
    CHECK (contact <> current)
) STRICT;
CREATE INDEX link_by_current ON link (current);

-- Values a person replaced: a later file that only repeats one does not bring it back.
CREATE TABLE correction (
    contact  INTEGER NOT NULL REFERENCES contact_secret (contact),
    field    TEXT NOT NULL,
    replaced TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (contact, field, replaced)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER link_points_to_a_current_mailbox BEFORE INSERT ON link
WHEN EXISTS (SELECT 1 FROM link WHERE contact = NEW.current) OR EXISTS (SELECT 1 FROM link WHERE current = NEW.contact)
BEGIN SELECT raise(ABORT, 'a link must point to a mailbox without one'); END;
-- Two commands at once: an import must not bring back the mailbox that another command is replacing.
CREATE TRIGGER replaced_mailbox_holds_no_contact BEFORE INSERT ON contact
WHEN EXISTS (SELECT 1 FROM link WHERE contact = NEW.contact)
BEGIN SELECT raise(ABORT, 'an address was replaced meanwhile: run the command again'); END;
