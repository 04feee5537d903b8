-- Stages are placed by a new edition of the calendar some matters at a time: how far that has come.
-- Locks: adds columns without a default. Takes milliseconds.

ALTER TABLE planning
    ADD COLUMN target integer, -- the edition by which they are being placed; null: none is
    ADD COLUMN after  uuid;    -- the last matter that was looked at; null: none was
