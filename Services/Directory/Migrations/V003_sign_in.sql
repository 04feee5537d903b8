-- What people sign in with, and what is remembered of those who try: passwords, second factors, invitations, sessions.
-- Secrets are hashed, or sealed with a key that is not in the database.
-- Locks: creates new tables only. Takes milliseconds.

-- A row for whoever was invited once.
CREATE TABLE credentials (
    person       uuid   NOT NULL,
    id           uuid   NOT NULL, -- what their events are about
    version      bigint NOT NULL, -- of the last of these
    rounds       bigint,          -- scrypt: N, r, p; null with what follows: no password yet
    block_size   bigint,
    parallelism  bigint,
    salt         bytea,
    hash         bytea,
    locked_at    timestamptz,     -- when sign-in was last locked
    signed_in_at timestamptz,     -- when it last was complete
    CONSTRAINT credentials_pkey PRIMARY KEY (person),
    CONSTRAINT credentials_id_unique UNIQUE (id),
    CONSTRAINT credentials_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);

CREATE TABLE factors (
    person       uuid        NOT NULL,
    secret       bytea       NOT NULL, -- sealed
    confirmed_at timestamptz,          -- null: not yet in force
    last_step    bigint      NOT NULL, -- of the last code that was used: each is good once
    CONSTRAINT factors_pkey PRIMARY KEY (person),
    CONSTRAINT factors_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);

-- Those not yet used.
CREATE TABLE recovery_codes (
    person uuid  NOT NULL,
    hash   bytea NOT NULL, -- SHA-256: a code has 80 random bits
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (person, hash),
    CONSTRAINT recovery_codes_factor_fkey FOREIGN KEY (person) REFERENCES factors (person) ON DELETE CASCADE
);

-- One a person; the next takes its place, and the password that is set with it ends it.
CREATE TABLE invitations (
    person     uuid        NOT NULL,
    hash       bytea       NOT NULL, -- SHA-256: a token has 256 random bits
    expires_at timestamptz NOT NULL,
    CONSTRAINT invitations_pkey PRIMARY KEY (person),
    CONSTRAINT invitations_hash_unique UNIQUE (hash),
    CONSTRAINT invitations_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);

-- A login's failures, whether there is such a login or not; nobody sees from a key which it is.
CREATE TABLE attempts (
    key          bytea       NOT NULL, -- keyed hash of the login
    failures     bigint      NOT NULL,
    since        timestamptz,
    locked_until timestamptz,
    locks        bigint      NOT NULL, -- in a row
    last_lock    timestamptz,          -- when the last of them ended
    changed_at   timestamptz NOT NULL,
    CONSTRAINT attempts_pkey PRIMARY KEY (key)
);
CREATE INDEX attempts_changed_idx ON attempts (changed_at);

-- How often a client's address may still try.
CREATE TABLE allowances (
    key        bytea            NOT NULL, -- keyed hash of the address
    remaining  double precision NOT NULL,
    changed_at timestamptz      NOT NULL,
    CONSTRAINT allowances_pkey PRIMARY KEY (key)
);
CREATE INDEX allowances_changed_idx ON allowances (changed_at);

-- Those that have not been ended.
CREATE TABLE sessions (
    id       uuid        NOT NULL, -- also what their events are about
    person   uuid        NOT NULL,
    secret   bytea       NOT NULL, -- SHA-256: a secret has 256 random bits
    made_at  timestamptz NOT NULL,
    used_at  timestamptz NOT NULL,
    manner   text        NOT NULL, -- password, provider
    factor   boolean     NOT NULL, -- whether a second factor was shown
    agent    text        NOT NULL, -- what the client calls itself
    network  text,                 -- of its address
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_secret_unique UNIQUE (secret),
    CONSTRAINT sessions_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);
CREATE INDEX sessions_person_idx ON sessions (person);
CREATE INDEX sessions_made_idx ON sessions (made_at);

-- Sign-ins that wait for the second factor.
CREATE TABLE challenges (
    hash       bytea       NOT NULL, -- SHA-256: what is handed out has 256 random bits
    person     uuid        NOT NULL,
    manner     text        NOT NULL,
    tries      bigint      NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT challenges_pkey PRIMARY KEY (hash),
    CONSTRAINT challenges_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);
CREATE INDEX challenges_expires_idx ON challenges (expires_at);

-- Sign-ins at an outside provider that have begun.
CREATE TABLE provider_states (
    hash       bytea       NOT NULL, -- SHA-256 of what the provider sends back
    provider   text        NOT NULL,
    nonce      text        NOT NULL,
    verifier   text        NOT NULL, -- PKCE; of use only together with the provider's code
    address    text        NOT NULL, -- where the person comes back to
    person     uuid,                 -- whom the identity is to be linked to; null: somebody signs in
    expires_at timestamptz NOT NULL,
    CONSTRAINT provider_states_pkey PRIMARY KEY (hash),
    CONSTRAINT provider_states_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);
CREATE INDEX provider_states_expires_idx ON provider_states (expires_at);

-- Who a person is at an outside provider.
CREATE TABLE identities (
    provider  text        NOT NULL, -- as the configuration names it
    subject   text        NOT NULL,
    person    uuid        NOT NULL,
    linked_at timestamptz NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (provider, subject),
    CONSTRAINT identities_person_fkey FOREIGN KEY (person) REFERENCES people (id)
);
CREATE INDEX identities_person_idx ON identities (person);
