-- Addresses at which an office's calendar program reads what falls due.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE feeds (
    reader     text        NOT NULL, -- who has asked for it, and for which unit, as acts name actors
    hash       bytea       NOT NULL, -- SHA-256 of the secret in the address
    department text,                 -- whose clocks; null: everybody's
    made_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feeds_pkey PRIMARY KEY (reader),
    CONSTRAINT feeds_hash UNIQUE (hash)
);
