-- The id of the last event applied, beside its version: an owner whose database has lost its last commits counts them anew, and
-- another event under a version that was applied must not pass for a repeat. Unknown for what was applied before.
-- Locks: positions exclusively, for milliseconds: a column without a default is no rewrite.
ALTER TABLE positions ADD COLUMN last_id uuid;
