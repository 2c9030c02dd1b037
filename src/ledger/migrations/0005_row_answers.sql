-- What people said about whole rows of lists, so that a list imported again is not asked about again. A row is known by a keyed
-- digest of its cells.

CREATE TABLE row_answer (
    row     BLOB PRIMARY KEY NOT NULL,
    -- The key of the mailbox the row is about; NULL: the row is to be left out.
    mailbox BLOB,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
