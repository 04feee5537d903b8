-- By which edition of the calendar each leg's end was counted, as its owner told it last.
-- Locks: adds columns with constant defaults. Takes milliseconds.

ALTER TABLE assignments
    ADD COLUMN calendar    integer NOT NULL DEFAULT 0,     -- edition; 0: from before calendars had editions
    ADD COLUMN provisional boolean NOT NULL DEFAULT false; -- it rests on a year without a notice of days off
