-- What has happened to each leg's running period: pauses, extensions, restarts, an end set by hand; its end follows from them.
-- Locks: adds a column without a default. Takes milliseconds.

ALTER TABLE assignments ADD COLUMN facts jsonb; -- null: nothing has
