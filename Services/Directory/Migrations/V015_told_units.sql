-- What was told anew to services that had heard it before they kept it, so that it is told once.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE told_anew (
    subject text        NOT NULL, -- units
    told_at timestamptz NOT NULL,
    CONSTRAINT told_anew_pkey PRIMARY KEY (subject)
);
