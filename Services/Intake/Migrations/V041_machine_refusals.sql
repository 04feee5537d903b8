-- How often a machine's account was told to wait (429), so that operators see it.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE machine_refusals (
    account text        NOT NULL, -- its name
    day     date        NOT NULL, -- Chinese time
    refused bigint      NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT machine_refusals_pkey PRIMARY KEY (account, day)
);
