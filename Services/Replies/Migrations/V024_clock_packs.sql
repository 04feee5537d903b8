-- By which rule pack each leg's end was counted, so that a pack that counts otherwise finds those that are to be counted anew; and open
-- legs by what counted them: a new edition of either finds those of older ones without a look at the rest.
-- Locks: adds columns with a constant default or none; writing to assignments waits while the index is made, about a second a million
-- open legs.

ALTER TABLE assignments
    ADD COLUMN pack         text,                       -- its name; null: from before packs were named
    ADD COLUMN pack_version integer NOT NULL DEFAULT 0; -- its edition
CREATE INDEX assignments_counting ON assignments (calendar, pack, pack_version) WHERE state IN ('issued', 'received');
