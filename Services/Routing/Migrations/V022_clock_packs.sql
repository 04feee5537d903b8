-- By which rule pack each leg's end was counted, as its owner told it last.
-- Locks: adds columns with a constant default or none. Takes milliseconds.

ALTER TABLE assignments
    ADD COLUMN pack         text,                       -- its name; null: from before packs were named
    ADD COLUMN pack_version integer NOT NULL DEFAULT 0; -- its edition
