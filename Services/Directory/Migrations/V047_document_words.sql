-- What stands before the year in the numbers of a unit's documents (机关代字).
-- Locks: adds a column without a default. Takes milliseconds.
ALTER TABLE units ADD COLUMN document_word text; -- null: its code stands there
