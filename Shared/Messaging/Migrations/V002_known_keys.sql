-- The public keys that verify tokens, as Directory has told them last: a service knows callers while Directory is away.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE known_keys (
    id         text        NOT NULL, -- as tokens name it
    public_key text        NOT NULL, -- Ed25519, base64url without padding
    told_at    timestamptz NOT NULL,
    CONSTRAINT known_keys_pkey PRIMARY KEY (id)
);
