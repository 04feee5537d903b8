-- Which end of a period a stage was told of: an end that was given anew is reminded of, and can be missed, by itself.
-- Locks: adds columns with a constant default or none; sweeps and inboxes wait while the ledger's key is made anew, some seconds a
-- million lines.

ALTER TABLE clocks ADD COLUMN missed_turn text; -- the last end that was told as missed; null: none was, or before ends had names

ALTER TABLE notices
    ADD COLUMN turn text NOT NULL DEFAULT '', -- empty: the end that the period began with
    DROP CONSTRAINT notices_pkey,
    ADD CONSTRAINT notices_pkey PRIMARY KEY (assignment, round, turn, stage);
