-- Whom each notice concerned, what overtook or collected it, and how many a department was sent lately.
-- Locks: adds columns without a default and creates new tables. Takes milliseconds.

ALTER TABLE suggestions
    ADD COLUMN number    text, -- on the author's receipt; null: heard of before this column, or nothing but an end was heard
    ADD COLUMN committee text; -- that answers for the handling

ALTER TABLE notices
    ADD COLUMN overtaken_by text, -- of a skipped stage: the stage that was told in its place
    ADD COLUMN digest       uuid; -- of a collected one: the digest that it went out with

-- What officers read as their notices, the newest first.
CREATE TABLE desk_notices (
    id         uuid        NOT NULL,
    audience   text        NOT NULL, -- department, committee, office, director
    unit       text        NOT NULL, -- the department or committee; empty for the office and the director
    assignment uuid        NOT NULL,
    round      integer     NOT NULL,
    stage      text        NOT NULL,
    noticed_at timestamptz NOT NULL,
    CONSTRAINT desk_notices_pkey PRIMARY KEY (id)
);
CREATE INDEX desk_notices_reader ON desk_notices (audience, unit, noticed_at, id);

-- How many notices a department was sent since a moment.
CREATE TABLE paces (
    department text        NOT NULL,
    since      timestamptz NOT NULL,
    told       integer     NOT NULL,
    CONSTRAINT paces_pkey PRIMARY KEY (department)
);

-- Notices beyond that number, collected for one message.
CREATE TABLE digests (
    id         uuid        NOT NULL,
    department text        NOT NULL,
    opened_at  timestamptz NOT NULL,
    closes_at  timestamptz NOT NULL,
    told_at    timestamptz,
    CONSTRAINT digests_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX digests_open ON digests (department) WHERE told_at IS NULL;
CREATE INDEX digests_closing ON digests (closes_at) WHERE told_at IS NULL;
CREATE INDEX notices_digest ON notices (digest) WHERE digest IS NOT NULL;

-- By which edition of the calendar the stages that lie ahead were placed: one row.
CREATE TABLE planning (edition integer NOT NULL);
INSERT INTO planning (edition) VALUES (1);
