-- What an import of contacts did to them, so that the same file again writes nothing where nothing else changed any since:
-- the position of the chain's last event before it, how many events about changed contacts it wrote behind that, and
-- which version of Convoke read it (none: it was imported before this was noted).
ALTER TABLE import ADD COLUMN after_event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN changes     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN version     TEXT NOT NULL DEFAULT '';
