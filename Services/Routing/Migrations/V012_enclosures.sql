-- What goes with a matter to its departments, as Intake has told it.
-- Locks: adds columns without a default. Takes milliseconds.

ALTER TABLE suggestions
    ADD COLUMN attachments jsonb, -- the files: ids, names with personal data masked, sizes, digests
    ADD COLUMN contact     text;  -- where departments ask for the author's contact; null: there is none for them
