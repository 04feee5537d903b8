-- The tables of the guarantees, once in each service's schema: outgoing and incoming messages, and the record of acts.
-- Locks: creates new tables only. Takes milliseconds.

-- What a committed transaction has to announce. A row goes when the broker has confirmed its message.
-- not_before serves three ends: the age from which the relay may take a fresh row (its own process publishes it first),
-- a relay's lease, and the pause after a refusal.
CREATE TABLE outbox (
    id           uuid        NOT NULL,
    exchange     text        NOT NULL,
    routing_key  text        NOT NULL,
    is_mandatory boolean     NOT NULL,
    name         text        NOT NULL,
    aggregate    uuid        NOT NULL,
    version      bigint      NOT NULL,
    occurred_at  timestamptz NOT NULL,
    traceparent  text,
    cause        uuid,
    body         bytea,      -- null: the act of the same id holds it
    not_before   timestamptz NOT NULL,
    lease        uuid,
    attempts     integer     NOT NULL DEFAULT 0,
    last_error   text,
    CONSTRAINT outbox_pkey PRIMARY KEY (id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

-- Messages that took effect here, for senders without an order of their own (departments): the same id never acts twice.
CREATE TABLE inbox (
    id          uuid        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inbox_pkey PRIMARY KEY (id)
);

-- The last version applied of each owner's aggregate: inbox, order and deduplication in one row, kept for ever.
CREATE TABLE positions (
    owner     text   NOT NULL,
    aggregate uuid   NOT NULL,
    version   bigint NOT NULL,
    CONSTRAINT positions_pkey PRIMARY KEY (owner, aggregate)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Events that came before their turn; they are applied when the gap closes.
CREATE TABLE waiting (
    owner        text        NOT NULL,
    aggregate    uuid        NOT NULL,
    version      bigint      NOT NULL,
    id           uuid        NOT NULL,
    name         text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    traceparent  text,
    cause        uuid,
    body         bytea       NOT NULL,
    waiting_since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT waiting_pkey PRIMARY KEY (owner, aggregate, version)
);
CREATE INDEX waiting_since ON waiting (waiting_since);

-- Messages that were in the process's hands each time it died, and how often they have been tried alone since.
CREATE TABLE suspects (
    id     uuid    NOT NULL,
    trials integer NOT NULL,
    CONSTRAINT suspects_pkey PRIMARY KEY (id)
);

-- One record of an act: what was decided, by whom, under which right, and the event that told of it. Append only.
CREATE TABLE acts (
    id          uuid        NOT NULL,
    aggregate   uuid        NOT NULL,
    version     bigint      NOT NULL,
    name        text        NOT NULL,
    actor       text        NOT NULL,
    authority   text        NOT NULL, -- the right or article it was done under
    occurred_at timestamptz NOT NULL,
    traceparent text,
    cause       uuid,
    body        bytea       NOT NULL,
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT acts_pkey PRIMARY KEY (id),
    CONSTRAINT acts_version_unique UNIQUE (aggregate, version)
);
-- The sealer reads committed rows in the order of their transactions; id order is not commit order.
CREATE INDEX acts_xid ON acts (xid, id);

-- The chain over the acts: each seal names its rows in order and carries the head that another service keeps.
CREATE TABLE seals (
    number     bigint      NOT NULL,
    last_xid   xid8        NOT NULL,
    last_id    uuid        NOT NULL,
    ids        uuid[]      NOT NULL,
    digests    bytea[]     NOT NULL,
    head       bytea       NOT NULL,
    sealed_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seals_pkey PRIMARY KEY (number)
);

-- An act is never changed and never removed, whoever asks.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER acts_append_only BEFORE UPDATE OR DELETE ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seals_append_only BEFORE UPDATE OR DELETE ON seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
