-- The ledger as it was first laid down. Never edited; later changes are later files.
-- Times are milliseconds since 1970 UTC. Octets are BLOBs. Words are those of src/domain. Conditions on states are spelt
-- with OR: SQLite builds a temporary table for a longer IN list each time a row is written.

-- Facts about the ledger itself: how much of the opt-out log it holds.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT;

-- One row per mailbox that was ever spoken of. The secret stands under the digests of everything personal in the chain;
-- destroying it (NULL) is what forgetting means for the audit.
CREATE TABLE contact_secret (
    contact INTEGER PRIMARY KEY NOT NULL,
    key     BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
    secret  BLOB CHECK (length(secret) = 32)
) STRICT;

CREATE TABLE contact (
    contact       INTEGER PRIMARY KEY NOT NULL REFERENCES contact_secret (contact),
    id            TEXT NOT NULL,
    address       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    title         TEXT NOT NULL,
    given_name    TEXT NOT NULL,
    family_name   TEXT NOT NULL,
    name          TEXT NOT NULL,
    gender        TEXT NOT NULL,
    organisation  TEXT NOT NULL,
    position      TEXT NOT NULL,
    stakeholder   TEXT NOT NULL,
    country_kind  TEXT NOT NULL CHECK (country_kind = 'missing' OR country_kind = 'known' OR country_kind = 'ambiguous' OR country_kind = 'unknown'),
    country       TEXT NOT NULL,
    stated_region TEXT,
    language      TEXT,
    stated_tier   TEXT,
    time_zone     TEXT NOT NULL,
    tags          TEXT NOT NULL,
    source        TEXT NOT NULL,
    basis         TEXT NOT NULL,
    purpose       TEXT NOT NULL,
    obtained_on   TEXT NOT NULL,
    custom        TEXT NOT NULL
) STRICT;

CREATE TABLE import (
    fingerprint TEXT PRIMARY KEY NOT NULL,
    file        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    rows        INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

-- Who took part, and (stage 'registration') who registered for a coming meeting. No name, no address.
CREATE TABLE participation (
    stage         TEXT NOT NULL CHECK (stage IN ('participation', 'registration')),
    year          INTEGER NOT NULL,
    key           BLOB NOT NULL CHECK (length(key) = 16),
    base          TEXT NOT NULL CHECK (base IN ('registered', 'checked_in')),
    country_kind  TEXT NOT NULL,
    country       TEXT NOT NULL,
    stated_region TEXT,
    stakeholder   TEXT NOT NULL,
    gender        TEXT NOT NULL,
    language      TEXT,
    newcomer      INTEGER,
    PRIMARY KEY (stage, year, key)
) STRICT, WITHOUT ROWID;

-- Known by key alone and apart from contacts: it outlives them.
CREATE TABLE suppression (
    key     BLOB NOT NULL CHECK (length(key) = 16),
    topic   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    address TEXT NOT NULL,
    note    TEXT NOT NULL,
    since   INTEGER NOT NULL,
    source  TEXT NOT NULL,
    PRIMARY KEY (key, topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign (
    campaign INTEGER PRIMARY KEY NOT NULL,
    name     TEXT NOT NULL UNIQUE
) STRICT;

-- A campaign that may make no intent.
CREATE TABLE halt (
    campaign INTEGER NOT NULL REFERENCES campaign (campaign),
    kind     TEXT NOT NULL CHECK (kind IN ('paused', 'cancelled')),
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (campaign, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    plan        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id          TEXT NOT NULL UNIQUE,
    campaign    INTEGER NOT NULL REFERENCES campaign (campaign),
    digest      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    made_by     TEXT NOT NULL,
    topic       TEXT NOT NULL,
    inputs      TEXT NOT NULL,
    snapshot    TEXT NOT NULL,
    analysis    TEXT NOT NULL,
    held_back   TEXT NOT NULL,
    by_segment  TEXT NOT NULL,
    by_language TEXT NOT NULL
) STRICT;
CREATE INDEX plan_of_campaign ON plan (campaign);

-- One row per invitation. Ids grow in planned order and are never given twice.
CREATE TABLE invitation (
    invitation       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    plan             INTEGER NOT NULL REFERENCES plan (plan),
    campaign         INTEGER NOT NULL REFERENCES campaign (campaign),
    contact          INTEGER NOT NULL REFERENCES contact_secret (contact),
    key              BLOB NOT NULL CHECK (length(key) = 16),
    contact_id       TEXT NOT NULL,
    address          TEXT NOT NULL,
    domain           TEXT NOT NULL,
    name             TEXT NOT NULL,
    segment          TEXT NOT NULL,
    tier             TEXT NOT NULL,
    region           TEXT NOT NULL,
    stakeholder      TEXT NOT NULL,
    language         TEXT NOT NULL,
    fields           TEXT NOT NULL,
    digest           TEXT NOT NULL,
    message_id_local TEXT NOT NULL,
    planned_event    INTEGER NOT NULL,
    state            TEXT NOT NULL CHECK (
        state = 'planned' OR state = 'sending' OR state = 'deferred' OR state = 'in_doubt' OR state = 'accepted'
        OR state = 'rejected' OR state = 'suppressed' OR state = 'expired' OR state = 'cancelled'
    ),
    state_at         INTEGER NOT NULL,
    -- While claimed: by which opened ledger, from which state, and the attempt under way, if any.
    claimed_by       INTEGER,
    claimed_from     TEXT CHECK (claimed_from IN ('planned', 'deferred')),
    open_attempt     INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0,
    first_attempt_at INTEGER,
    last_attempt_at  INTEGER,
    next_at          INTEGER,
    date             INTEGER,
    code             INTEGER,
    -- The event whose note is the last deciding reply.
    reply_event      INTEGER,
    UNIQUE (plan, key),
    CHECK ((state = 'sending') = (claimed_by IS NOT NULL)),
    CHECK ((state = 'sending') = (claimed_from IS NOT NULL)),
    CHECK (open_attempt IS NULL OR state = 'sending')
) STRICT;
-- Nobody has two invitations to one campaign that arrived, may have arrived, or may still leave. Whoever was refused or
-- given up on may be planned again.
CREATE UNIQUE INDEX one_live_invitation ON invitation (campaign, key)
    WHERE state = 'planned' OR state = 'sending' OR state = 'deferred' OR state = 'in_doubt' OR state = 'accepted';
CREATE INDEX invitation_by_state ON invitation (plan, state, next_at);
CREATE INDEX invitation_by_key ON invitation (key);

CREATE TABLE held (
    plan        INTEGER NOT NULL REFERENCES plan (plan),
    position    INTEGER NOT NULL,
    contact     INTEGER NOT NULL REFERENCES contact_secret (contact),
    key         BLOB NOT NULL,
    contact_id  TEXT NOT NULL,
    reason      TEXT NOT NULL,
    column_name TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;

-- Intents: written and synced before the message can leave.
CREATE TABLE attempt (
    attempt    INTEGER PRIMARY KEY NOT NULL,
    invitation INTEGER NOT NULL REFERENCES invitation (invitation),
    at         INTEGER NOT NULL,
    domain     TEXT NOT NULL,
    message_id TEXT NOT NULL,
    digest     TEXT NOT NULL,
    event      INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_time ON attempt (at);
CREATE INDEX attempt_of_invitation ON attempt (invitation);

-- How attempts ended. The whole final reply is the note of the event.
CREATE TABLE outcome (
    attempt  INTEGER PRIMARY KEY NOT NULL REFERENCES attempt (attempt),
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL,
    code     INTEGER,
    enhanced TEXT,
    event    INTEGER NOT NULL
) STRICT;

-- The chain (src/domain/chain.rs says what is hashed).
CREATE TABLE event (
    seq         INTEGER PRIMARY KEY NOT NULL,
    at          INTEGER NOT NULL,
    by          TEXT NOT NULL,
    what        TEXT NOT NULL,
    contact     INTEGER REFERENCES contact_secret (contact),
    invitation  INTEGER,
    campaign    TEXT,
    plan        TEXT,
    state       TEXT,
    code        INTEGER,
    message_id  TEXT,
    detail      TEXT,
    note        TEXT,
    note_digest BLOB CHECK (length(note_digest) = 32),
    previous    BLOB NOT NULL CHECK (length(previous) = 32),
    hash        BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX event_of_contact ON event (contact) WHERE contact IS NOT NULL;
CREATE INDEX event_of_campaign ON event (campaign) WHERE contact IS NULL;

-- What was recorded stays. Only a note may be blanked, when its person is forgotten.
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'events are never deleted'); END;
CREATE TRIGGER event_is_not_rewritten BEFORE UPDATE OF seq, at, by, what, contact, invitation, campaign, plan, state, code,
    message_id, detail, note_digest, previous, hash ON event
BEGIN SELECT raise(ABORT, 'events are never rewritten'); END;
CREATE TRIGGER event_note_is_only_blanked BEFORE UPDATE OF note ON event WHEN NEW.note IS NOT NULL
BEGIN SELECT raise(ABORT, 'notes are never rewritten'); END;
CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt
BEGIN SELECT raise(ABORT, 'attempts are never deleted'); END;
CREATE TRIGGER attempt_is_not_rewritten BEFORE UPDATE ON attempt
BEGIN SELECT raise(ABORT, 'attempts are never rewritten'); END;
CREATE TRIGGER outcome_is_kept BEFORE DELETE ON outcome
BEGIN SELECT raise(ABORT, 'outcomes are never deleted'); END;
CREATE TRIGGER outcome_is_not_rewritten BEFORE UPDATE ON outcome
BEGIN SELECT raise(ABORT, 'outcomes are never rewritten'); END;
