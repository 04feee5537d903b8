-- What concerns a person who signs in, told to themselves and to the registrar who answers for them. Holds ids alone.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE person_notices (
    id           uuid        NOT NULL, -- of the event that told of it
    audience     text        NOT NULL, -- person, registrar
    reader       text        NOT NULL, -- the person's id, the registrar's unit
    person       uuid        NOT NULL, -- whom it is about
    noticed_at   timestamptz NOT NULL,
    locked_until timestamptz NOT NULL,
    CONSTRAINT person_notices_pkey PRIMARY KEY (id, audience, reader)
);
CREATE INDEX person_notices_reader ON person_notices (audience, reader, noticed_at, id);
