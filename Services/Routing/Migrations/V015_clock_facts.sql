-- What has happened to each leg's first period, and the owner's change that told it last.
-- Locks: adds columns with a constant default or none. Takes milliseconds.

ALTER TABLE assignments
    ADD COLUMN facts  jsonb,                     -- pauses, extensions, restarts, an end set by hand; null: nothing has
    ADD COLUMN change bigint NOT NULL DEFAULT 0; -- version of the owner's event; 0: none was heard
