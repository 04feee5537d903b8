-- On which day what is kept too long was removed, by whichever replica claimed the day first.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE retention_runs (
    day         date        NOT NULL, -- Chinese time
    claimed_at  timestamptz NOT NULL,
    finished_at timestamptz,          -- null: it runs, or broke off
    contacts    bigint,               -- removed
    keys        bigint,
    CONSTRAINT retention_runs_pkey PRIMARY KEY (day)
);
