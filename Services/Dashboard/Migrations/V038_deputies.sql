-- The deputies whose matter an item is by name (decision 0042), for what a deputy may see. Of items from before this step nobody is
-- known until a rebuild with --swap.
-- Locks: adds a column without a default; facts exclusively while the index is made, of which no row has a part yet: a look at each,
-- under a second a million.
ALTER TABLE facts ADD COLUMN deputies uuid[]; -- null: nobody is named
CREATE INDEX facts_deputies ON facts USING gin (deputies) WHERE deputies IS NOT NULL;
