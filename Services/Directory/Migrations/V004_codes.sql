-- The codes on walls, cards and posters, the tokens that were printed for them, and how often they were scanned.
-- Locks: creates new tables; units against changes while the first of them is made. Takes milliseconds.

CREATE TABLE codes (
    id          uuid        NOT NULL, -- also what its events are about
    version     bigint      NOT NULL, -- of the last event
    kind        text        NOT NULL, -- station, deputy, activity
    station     text        NOT NULL, -- what is handed in through it belongs to this station
    deputy      uuid,                 -- of a deputy's code: the person
    activity    text,                 -- of an activity's code: its title
    place       text,                 -- where it hangs
    valid_from  timestamptz,
    valid_until timestamptz,          -- that moment left out
    issued_at   timestamptz NOT NULL,
    revoked_at  timestamptz,
    CONSTRAINT codes_pkey PRIMARY KEY (id),
    CONSTRAINT codes_station_fkey FOREIGN KEY (station) REFERENCES units (code)
);
CREATE INDEX codes_station_idx ON codes (station, issued_at);
CREATE INDEX codes_deputy_idx ON codes (deputy) WHERE deputy IS NOT NULL;

-- What was printed. A token follows from its serial number and the master key, and is stored nowhere.
CREATE TABLE code_tokens (
    hash       bytea       NOT NULL, -- SHA-256 of the token
    code       uuid        NOT NULL,
    serial     bigint      NOT NULL, -- 32 random bits
    issued_at  timestamptz NOT NULL,
    good_until timestamptz,          -- once another has taken its place
    CONSTRAINT code_tokens_pkey PRIMARY KEY (hash),
    CONSTRAINT code_tokens_serial_unique UNIQUE (serial),
    CONSTRAINT code_tokens_code_fkey FOREIGN KEY (code) REFERENCES codes (id)
);
CREATE INDEX code_tokens_code_idx ON code_tokens (code);

-- Apart from the codes, so that counting waits for nobody's change and nobody's change for it.
CREATE TABLE code_scans (
    code  uuid   NOT NULL,
    good  bigint NOT NULL, -- while the code was good
    stale bigint NOT NULL, -- while it was not: an old print still hangs somewhere
    CONSTRAINT code_scans_pkey PRIMARY KEY (code)
);
