-- The read side: a row per suggestion with all that the figures need, the figures themselves, and each item's timeline.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE facts (
    suggestion  uuid        NOT NULL,
    fact        jsonb       NOT NULL, -- see Fact.swift; everything below is taken from it, for lists
    number      text,
    state       text        NOT NULL,
    committee   text,
    category    text,
    station     text,
    received_at timestamptz,
    CONSTRAINT facts_pkey PRIMARY KEY (suggestion)
) WITH (fillfactor = 70);
CREATE INDEX facts_number ON facts (number);
CREATE INDEX facts_state ON facts (state, received_at, suggestion);
CREATE INDEX facts_committee ON facts (committee, received_at, suggestion);
CREATE INDEX facts_category ON facts (category, received_at, suggestion);
CREATE INDEX facts_station ON facts (station, received_at, suggestion);

CREATE TABLE timeline (
    suggestion  uuid        NOT NULL,
    owner       text        NOT NULL,
    version     bigint      NOT NULL,
    name        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT timeline_pkey PRIMARY KEY (suggestion, owner, version)
);

-- The figures. Few rows, changed often: no further index, and room for updates in place.
CREATE TABLE counters (
    dimension text   NOT NULL,
    key       text   NOT NULL,
    measure   text   NOT NULL,
    value     bigint NOT NULL,
    CONSTRAINT counters_pkey PRIMARY KEY (dimension, key, measure)
) WITH (fillfactor = 50);

-- How far the figures are: pollers read this one row.
CREATE TABLE projection (
    single  boolean     NOT NULL DEFAULT true,
    version bigint      NOT NULL,
    as_of   timestamptz NOT NULL, -- of the newest event that is in them
    CONSTRAINT projection_pkey PRIMARY KEY (single),
    CONSTRAINT projection_one CHECK (single)
) WITH (fillfactor = 50);
INSERT INTO projection (version, as_of) VALUES (0, '1970-01-01T00:00:00Z');

-- The heads of every owner's chain of acts, kept where the owner cannot change them.
CREATE TABLE kept_seals (
    owner   text   NOT NULL,
    number  bigint NOT NULL,
    count   bigint NOT NULL,
    head    text   NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT kept_seals_pkey PRIMARY KEY (owner, number)
);
