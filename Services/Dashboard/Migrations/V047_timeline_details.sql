-- What a line of a timeline says beside its event: the number of a reply's document, how and when a contact was held. No words, no names.
-- Locks: adds a column without a default. Takes milliseconds.
ALTER TABLE timeline ADD COLUMN detail jsonb; -- null: nothing
