-- Whose verdict a matter awaits: the deputies who are named in it, or those of its station (decision 0042).
-- Locks: adds columns without a default. Takes milliseconds.
ALTER TABLE suggestions
    ADD COLUMN station  text,   -- where it was handed in; null: it was told before matters had their deputies
    ADD COLUMN deputies uuid[]; -- null: nobody is named
