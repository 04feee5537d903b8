-- The deputies whose matter it is by name, to be told on with the assignment (decision 0042).
-- Locks: adds a column without a default. Takes milliseconds.
ALTER TABLE suggestions ADD COLUMN deputies uuid[]; -- null: nobody is named
