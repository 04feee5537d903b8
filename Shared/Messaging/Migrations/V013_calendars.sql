-- The calendar of days off, as Reminders has told it last: owners compute the ends of periods while Reminders is away.
-- Without a row the one that ships counts.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE known_calendars (
    name     text    NOT NULL, -- cn: there is one
    edition  integer NOT NULL, -- the one that ships is 1
    document jsonb   NOT NULL, -- the whole of it, as the event carries it
    CONSTRAINT known_calendars_pkey PRIMARY KEY (name)
);
