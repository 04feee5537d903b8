-- The department's desk: the legs that were given out, what departments answered, and how it was judged.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE suggestions (
    id        uuid    NOT NULL,
    number    text    NOT NULL,
    kind      text    NOT NULL,
    title     text    NOT NULL, -- masked, as it was told
    body      text    NOT NULL,
    proposal  text,
    committee text    NOT NULL,
    state     text    NOT NULL, -- open, answered, closed
    round     integer NOT NULL,
    version   bigint  NOT NULL, -- of the last event told about it
    CONSTRAINT suggestions_pkey PRIMARY KEY (id)
) WITH (fillfactor = 80);

CREATE TABLE assignments (
    id         uuid        NOT NULL,
    suggestion uuid        NOT NULL,
    department text        NOT NULL,
    role       text        NOT NULL,
    state      text        NOT NULL, -- issued, received, replied, returned, withdrawn
    started_at timestamptz NOT NULL,
    term       text        NOT NULL,
    due_at     timestamptz NOT NULL,
    basis      text        NOT NULL,
    outcome    text,                 -- of the present round
    CONSTRAINT assignments_pkey PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX assignments_suggestion ON assignments (suggestion);
-- A department's desk, the most urgent first; answered legs are not in it.
CREATE INDEX assignments_desk ON assignments (department, due_at, id) WHERE state IN ('issued', 'received');

CREATE TABLE replies (
    assignment        uuid        NOT NULL,
    round             integer     NOT NULL,
    outcome           text        NOT NULL,
    body              text        NOT NULL,
    commitment_due_at timestamptz,
    issued_at         timestamptz NOT NULL,
    CONSTRAINT replies_pkey PRIMARY KEY (assignment, round)
);

-- What departments sent and could not be taken, as it came, with what was wrong.
CREATE TABLE rejected_messages (
    id          uuid        NOT NULL,
    department  text        NOT NULL,
    message     text        NOT NULL,
    routing_key text        NOT NULL,
    faults      jsonb       NOT NULL,
    body        bytea       NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rejected_messages_pkey PRIMARY KEY (id)
);
CREATE INDEX rejected_messages_department ON rejected_messages (department, received_at);
