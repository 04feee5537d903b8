-- The committee's desk: what is to be decided, what was decided, and the legs that were given out.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE suggestions (
    id          uuid        NOT NULL,
    number      text        NOT NULL,
    kind        text        NOT NULL,
    title       text        NOT NULL, -- masked, as Intake has told it
    body        text        NOT NULL,
    analysis    text,
    proposal    text,
    station     text        NOT NULL,
    received_at timestamptz NOT NULL,
    state       text        NOT NULL, -- waiting, refused, assigned, returned, closed
    committee   text,                 -- proposed while waiting, decided afterwards; null: nobody in particular
    category    text,
    proposed    jsonb,                -- the rules' proposal, with its reason
    version     bigint      NOT NULL, -- of the last event told about it
    CONSTRAINT suggestions_pkey PRIMARY KEY (id)
) WITH (fillfactor = 80);
-- A committee's desk, oldest first; closed items are not in it.
CREATE INDEX suggestions_desk ON suggestions (state, committee, received_at, id) WHERE state IN ('waiting', 'returned');

CREATE TABLE assignments (
    id         uuid        NOT NULL,
    suggestion uuid        NOT NULL,
    department text        NOT NULL,
    role       text        NOT NULL,
    state      text        NOT NULL, -- given, returned, withdrawn
    started_at timestamptz NOT NULL,
    term       text        NOT NULL,
    due_at     timestamptz NOT NULL,
    basis      text        NOT NULL,
    CONSTRAINT assignments_pkey PRIMARY KEY (id)
);
CREATE INDEX assignments_suggestion ON assignments (suggestion);
