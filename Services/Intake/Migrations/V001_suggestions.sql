-- What people have handed in, the keys under which they did, and what has become of it since.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE suggestions (
    id          uuid        NOT NULL,
    number      text        NOT NULL, -- on the receipt
    secret      bytea       NOT NULL, -- SHA-256 of the receipt's secret
    kind        text        NOT NULL,
    submitter   text        NOT NULL,
    station     text        NOT NULL,
    title       text        NOT NULL, -- as it was written; what leaves this schema is masked
    body        text        NOT NULL,
    analysis    text,
    proposal    text,
    contact     bytea,                -- sealed: the key is not in the database
    received_at timestamptz NOT NULL,
    CONSTRAINT suggestions_pkey PRIMARY KEY (id),
    CONSTRAINT suggestions_number_unique UNIQUE (number)
);

-- A repeated request is answered as the first was; a key with another body is refused.
CREATE TABLE request_keys (
    key        text        NOT NULL,
    digest     bytea       NOT NULL, -- SHA-256 of what was sent with it
    suggestion uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT request_keys_pkey PRIMARY KEY (key)
);

-- What has become of each, as its owners told it; the author's view is computed from these rows in any order.
CREATE TABLE progress (
    suggestion  uuid        NOT NULL,
    owner       text        NOT NULL,
    version     bigint      NOT NULL,
    name        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    body        bytea       NOT NULL, -- the event's body, or the part of it that an author sees
    CONSTRAINT progress_pkey PRIMARY KEY (suggestion, owner, version)
);
