-- Words with personal data in them are kept sealed as they were written; the columns beside have them masked, as they leave. Of items
-- from before this step the columns still have them as written, until `intake contacts reseal` comes to them.
-- Locks: adds columns without a default. Takes milliseconds.
ALTER TABLE suggestions
    ADD COLUMN words     bytea, -- sealed: title, body, analysis, proposal as written; null: nothing in them is masked
    ADD COLUMN words_key text;  -- the id of the key that seals them
