-- Units, the people in them, and the roles they hold there.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE units (
    code       text        NOT NULL, -- as events, queues and addresses name it
    id         uuid        NOT NULL, -- what its events are about
    version    bigint      NOT NULL, -- of its last event
    kind       text        NOT NULL, -- congress, committee, department, office, subdistrict, community, station
    name       text        NOT NULL, -- in Chinese
    parent     text,                 -- the unit above it
    category   text,                 -- of a station: one of the six
    joined_to  text,                 -- of a station: the one it has been joined to (融合)
    state      text        NOT NULL, -- active, ended
    changed_at timestamptz NOT NULL,
    CONSTRAINT units_pkey PRIMARY KEY (code),
    CONSTRAINT units_id_unique UNIQUE (id),
    CONSTRAINT units_parent_fkey FOREIGN KEY (parent) REFERENCES units (code),
    CONSTRAINT units_joined_fkey FOREIGN KEY (joined_to) REFERENCES units (code)
);
CREATE INDEX units_parent_idx ON units (parent);

CREATE TABLE people (
    id         uuid        NOT NULL, -- also what their events are about
    version    bigint      NOT NULL, -- of the last event
    login      text        NOT NULL, -- what they sign in with; lower case
    name       text        NOT NULL,
    state      text        NOT NULL, -- pending, active, ended
    changed_at timestamptz NOT NULL,
    CONSTRAINT people_pkey PRIMARY KEY (id),
    CONSTRAINT people_login_unique UNIQUE (login)
);

-- A role that a person holds, or has asked for, in a unit.
CREATE TABLE holdings (
    id             uuid        NOT NULL,
    person         uuid        NOT NULL,
    role           text        NOT NULL,
    unit           text        NOT NULL,
    state          text        NOT NULL, -- asked, confirmed, refused, ended
    valid_from     date        NOT NULL, -- Chinese time (Asia/Shanghai)
    valid_until    date,                 -- the last day; null: until it is ended
    substitute_for uuid,                 -- the holding whose holder is away; then there is a last day
    delegation     text,                 -- of a deputy (代表团)
    level          text,                 -- of a deputy: the congress they sit in
    stations       text[]      NOT NULL DEFAULT '{}', -- of a deputy: where they receive people
    deputies       uuid[]      NOT NULL DEFAULT '{}', -- of an observer: whom they report to
    decided_by     text,                 -- who confirmed, refused or ended it, as acts name them
    CONSTRAINT holdings_pkey PRIMARY KEY (id),
    CONSTRAINT holdings_person_fkey FOREIGN KEY (person) REFERENCES people (id),
    CONSTRAINT holdings_unit_fkey FOREIGN KEY (unit) REFERENCES units (code),
    CONSTRAINT holdings_substitute_fkey FOREIGN KEY (substitute_for) REFERENCES holdings (id),
    CONSTRAINT holdings_substitute_term CHECK (substitute_for IS NULL OR valid_until IS NOT NULL)
);
CREATE INDEX holdings_person_idx ON holdings (person);
CREATE INDEX holdings_unit_idx ON holdings (unit, state);
