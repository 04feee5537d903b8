-- The clocks that other services have put into their events, what has ended them, and the ledger of notices.
-- Locks: creates new tables only. Takes milliseconds.

-- A suggestion's row is the lock over everything that is watched of it: whoever changes a clock holds it first.
CREATE TABLE suggestions (
    id        uuid        NOT NULL,
    version   bigint      NOT NULL DEFAULT 0, -- of the last event told about it
    closed_at timestamptz,
    CONSTRAINT suggestions_pkey PRIMARY KEY (id)
) WITH (fillfactor = 80);

-- One period of one leg. The last three columns say what follows from all that was heard so far.
CREATE TABLE clocks (
    assignment uuid        NOT NULL,
    round      integer     NOT NULL,
    suggestion uuid        NOT NULL,
    department text        NOT NULL,
    started_at timestamptz NOT NULL,
    due_at     timestamptz NOT NULL, -- the last moment in time, as the leg's owner computed it
    next_stage text,                 -- null: nothing is left to be told
    next_at    timestamptz,          -- when the sweep looks at it; null: never again
    ended_at   timestamptz,          -- null: it runs, in time or late
    missed     boolean     NOT NULL DEFAULT false,
    CONSTRAINT clocks_pkey PRIMARY KEY (assignment, round),
    CONSTRAINT clocks_next CHECK ((next_stage IS NULL) = (next_at IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
-- The sweep's only way in: it reads the left edge, however many clocks lie behind it.
CREATE INDEX clocks_next ON clocks (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX clocks_suggestion ON clocks (suggestion);
-- The open clocks, soonest first, of all departments and of one.
CREATE INDEX clocks_open ON clocks (due_at, assignment) WHERE ended_at IS NULL;
CREATE INDEX clocks_open_department ON clocks (department, due_at, assignment) WHERE ended_at IS NULL;

-- What ends the periods of a leg, kept because an end may be heard before its beginning: no order is promised between the
-- two services that tell of them.
CREATE TABLE ends (
    assignment    uuid        NOT NULL,
    through_round integer     NOT NULL, -- ends this round and those before it; 2147483647: every one, the leg is over
    suggestion    uuid        NOT NULL,
    ended_at      timestamptz NOT NULL,
    CONSTRAINT ends_pkey PRIMARY KEY (assignment, through_round)
);
CREATE INDEX ends_suggestion ON ends (suggestion);

-- The ledger: a stage of a round is told at most once, or recorded as overtaken.
CREATE TABLE notices (
    assignment uuid        NOT NULL,
    round      integer     NOT NULL,
    stage      text        NOT NULL,
    noticed_at timestamptz NOT NULL,
    outcome    text        NOT NULL, -- fired, skipped
    CONSTRAINT notices_pkey PRIMARY KEY (assignment, round, stage)
);
CREATE TRIGGER notices_append_only BEFORE UPDATE OR DELETE ON notices FOR EACH ROW EXECUTE FUNCTION refuse_change();
