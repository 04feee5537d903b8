-- What was taken and is held back as a flood: nobody has been told of it. A released row goes; a refused one stays and says why.
-- An item that is held has told no event yet: its version is 0.
-- Locks: creates a new table only. Takes milliseconds.

CREATE TABLE quarantine (
    suggestion  uuid        NOT NULL,
    flood       uuid        NOT NULL, -- what came together; holds no address
    station     text        NOT NULL, -- whose officer decides
    reason      text        NOT NULL, -- which measure was full
    received_at timestamptz NOT NULL,
    refused_at  timestamptz,
    refusal     text,                 -- why, for the author
    CONSTRAINT quarantine_pkey PRIMARY KEY (suggestion)
);
CREATE INDEX quarantine_waiting ON quarantine (station, flood, received_at) WHERE refused_at IS NULL;
