-- The accounts of systems, and the keys that sign tokens.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE accounts (
    name       text        NOT NULL,
    id         uuid        NOT NULL, -- what its events are about
    version    bigint      NOT NULL, -- of its last event
    unit       text        NOT NULL,
    role       text        NOT NULL,
    secret     bytea       NOT NULL, -- SHA-256: a secret has 192 random bits
    state      text        NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (name),
    CONSTRAINT accounts_id_unique UNIQUE (id)
);

CREATE TABLE signing_keys (
    id          text        NOT NULL, -- as tokens name it (kid)
    public_key  text        NOT NULL, -- Ed25519, base64url
    private_key bytea       NOT NULL, -- sealed: the key is not in the database
    signs_from  timestamptz NOT NULL, -- services have heard of it by then
    revoked_at  timestamptz,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id)
);

-- How often the set of keys was told: the version of its next event. One row.
CREATE TABLE key_sets (
    version bigint NOT NULL
);
INSERT INTO key_sets (version) VALUES (0);
