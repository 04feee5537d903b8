-- Addresses for calendar programs end by themselves, and a committee's shows its own matters; those that were given before have as long
-- from now on.
-- Locks: adds columns without a default or with one that is the same for every row. Takes milliseconds.

ALTER TABLE feeds
    ADD COLUMN committee text, -- whose matters; null: its department's, or everybody's
    ADD COLUMN ends_at   timestamptz NOT NULL DEFAULT now() + interval '90 days';
