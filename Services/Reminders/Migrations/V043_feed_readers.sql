-- Addresses for calendar programs end with the role of whoever asked for them: of people and accounts it is kept for which units they may
-- read clocks.
-- Locks: creates a new table; readers of feeds wait while that table of some hundred rows is written anew. Takes milliseconds.

CREATE TABLE feed_readers (
    subject   text   NOT NULL, -- person:<id> or account:<name>, as acts name them
    version   bigint NOT NULL, -- of what Directory told last
    standings jsonb  NOT NULL, -- the units with the first and last day of each; empty: none any more
    CONSTRAINT feed_readers_pkey PRIMARY KEY (subject)
);

ALTER TABLE feeds
    ADD COLUMN subject text NOT NULL GENERATED ALWAYS AS (split_part(reader, '@', 1)) STORED,
    ADD COLUMN unit    text NOT NULL GENERATED ALWAYS AS (split_part(reader, '@', 2)) STORED;
CREATE INDEX feeds_unit ON feeds (unit, subject);
CREATE INDEX feeds_subject ON feeds (subject);
