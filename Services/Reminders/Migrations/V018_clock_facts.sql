-- What has happened to each period: pauses, extensions, restarts, an end set by hand; and the owner's change that told it last. Of one
-- that stands still the stage that lies ahead is kept without an instant.
-- Locks: adds columns with a constant default or none, and a constraint that new rows alone are held to. Takes milliseconds.

ALTER TABLE clocks
    ADD COLUMN facts  jsonb,                     -- null: nothing has
    ADD COLUMN change bigint NOT NULL DEFAULT 0, -- version of the owner's event; 0: none was heard
    DROP CONSTRAINT clocks_next,
    ADD CONSTRAINT clocks_next CHECK (next_at IS NULL OR next_stage IS NOT NULL) NOT VALID;
