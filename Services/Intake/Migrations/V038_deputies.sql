-- The deputies fixed to the observer who has brought an item without a deputy's code, for what is told of it when it was held back
-- (decision 0042). In the column `deputy` now stands also who has handed a formal suggestion in.
-- Locks: adds a column without a default. Takes milliseconds.
ALTER TABLE suggestions ADD COLUMN deputies uuid[]; -- null: nobody is named
