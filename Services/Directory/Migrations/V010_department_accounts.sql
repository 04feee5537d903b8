-- Which departments have an account at the broker: what its acts and events count by. The secret is the broker's alone.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE department_accounts (
    department text        NOT NULL, -- also the account's name
    id         uuid        NOT NULL, -- what its events are about
    version    bigint      NOT NULL, -- of its last event
    state      text        NOT NULL, -- active, revoked
    changed_at timestamptz NOT NULL,
    CONSTRAINT department_accounts_pkey PRIMARY KEY (department),
    CONSTRAINT department_accounts_id_unique UNIQUE (id)
);
