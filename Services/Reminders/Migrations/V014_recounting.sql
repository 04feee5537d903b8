-- What a clock was counted from, so that it can be explained, and the end that was missed where the end has moved since.
-- Locks: adds columns with constant defaults or none. Takes milliseconds.

ALTER TABLE clocks
    ADD COLUMN term          text,                            -- as its owner told it; null: heard of before this column
    ADD COLUMN basis         text,
    ADD COLUMN calendar      integer NOT NULL DEFAULT 0,      -- edition; 0: from before calendars had editions
    ADD COLUMN provisional   boolean NOT NULL DEFAULT false,  -- it rests on a year without a notice of days off
    ADD COLUMN missed_due_at timestamptz;                     -- the end that was told as missed; null: none was
