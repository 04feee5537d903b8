-- The stage that waits while a period stands still has a column of its own: the next one is then to tell that it stands still.
-- Of those that stand still already the sweep finds out what is to be told.
-- Locks: adds a column without a default; changes the few clocks that stand still. Takes milliseconds.

ALTER TABLE clocks ADD COLUMN held_stage text; -- null: it runs, or is over

UPDATE clocks SET held_stage = next_stage, next_stage = 'paused', next_at = now()
WHERE ended_at IS NULL AND next_at IS NULL AND next_stage IS NOT NULL;
