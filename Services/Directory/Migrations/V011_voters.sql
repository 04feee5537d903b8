-- Voters who register with a phone: what waits for its code, and whose a number is. No number can be read from either.
-- Locks: creates new tables; people against changes while the second of them is made. Takes milliseconds.

CREATE TABLE phone_registrations (
    id         uuid        NOT NULL, -- what the voter comes back with
    message    uuid        NOT NULL, -- what a gateway fetches; also what its events are about
    number     bytea       NOT NULL, -- keyed hash
    code       bytea       NOT NULL, -- keyed hash, bound to the id
    sealed     bytea,                -- number and code, until they are fetched or have ended
    tries      bigint      NOT NULL, -- codes that were shown and not good
    asked_at   timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT phone_registrations_pkey PRIMARY KEY (id),
    CONSTRAINT phone_registrations_message_unique UNIQUE (message)
);
CREATE INDEX phone_registrations_expires_idx ON phone_registrations (expires_at);

-- One number makes one person.
CREATE TABLE phones (
    number bytea NOT NULL, -- keyed hash
    person uuid  NOT NULL,
    CONSTRAINT phones_pkey PRIMARY KEY (number),
    CONSTRAINT phones_person_unique UNIQUE (person),
    CONSTRAINT phones_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);
