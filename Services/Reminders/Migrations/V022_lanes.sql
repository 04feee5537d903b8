-- Each gateway has a lane of its own: what is due for one is found without a look at what waits for the others. How long it is tried counts
-- from the first attempt, since it may have waited for a working day.
-- Locks: adds a column without a default; writing to deliveries waits while the index is made, about a second a million that wait.

ALTER TABLE deliveries ADD COLUMN tried_at timestamptz; -- null: not yet, or before this column

CREATE INDEX deliveries_lane ON deliveries (target, next_at) WHERE next_at IS NOT NULL;
