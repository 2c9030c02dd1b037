-- Streams that asked us to slow down, so that the next run begins at the pace they took. Written seldom, not per message.

CREATE TABLE pace (
    kind  TEXT NOT NULL CHECK (kind IN ('relay', 'group', 'domain')),
    -- The domain, or the group's name in the settings; empty for the relay.
    name  TEXT NOT NULL,
    -- Microseconds between two messages: when written, and right after it asked last.
    rest         INTEGER NOT NULL,
    longest_rest INTEGER NOT NULL,
    -- When it asked first, and when this was written.
    since INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
