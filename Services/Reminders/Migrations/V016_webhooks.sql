-- Notices on their way to gateways that send mail and short messages, and the log of what became of them.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE deliveries (
    id         uuid        NOT NULL, -- the receiver knows a repeat by it
    target     text        NOT NULL, -- as the operator's list names it
    kind       text        NOT NULL,
    body       text        NOT NULL, -- as it is signed
    created_at timestamptz NOT NULL DEFAULT now(),
    state      text        NOT NULL DEFAULT 'waiting', -- waiting, delivered, parked
    attempts   integer     NOT NULL DEFAULT 0,
    next_at    timestamptz,          -- when the next attempt is due; null: none is
    status     integer,              -- of the last answer; null: there was none
    ended_at   timestamptz,
    CONSTRAINT deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT deliveries_next CHECK ((state = 'waiting') = (next_at IS NOT NULL))
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
