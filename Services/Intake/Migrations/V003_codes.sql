-- A copy of the codes that lead people in, as Directory tells of them, and what was handed in through which.
-- Locks: suggestions exclusively, for milliseconds (columns without a rewrite), then against writes while the index is made, a
-- second a million rows.

CREATE TABLE codes (
    code        uuid        NOT NULL,
    issued      bigint      NOT NULL, -- the version of the telling that is kept; 0: none was heard yet
    kind        text,                 -- station, deputy, activity
    station     text,
    deputy      uuid,
    valid_from  timestamptz,
    valid_until timestamptz,          -- that moment left out
    revoked_at  timestamptz,
    CONSTRAINT codes_pkey PRIMARY KEY (code)
);

CREATE TABLE code_tokens (
    hash       bytea       NOT NULL, -- SHA-256 of the token, which itself is told to nobody
    code       uuid        NOT NULL,
    good_until timestamptz,          -- once another has taken its place
    CONSTRAINT code_tokens_pkey PRIMARY KEY (hash)
);
CREATE INDEX code_tokens_code_idx ON code_tokens (code);

ALTER TABLE suggestions ADD COLUMN code uuid;   -- the code that was scanned
ALTER TABLE suggestions ADD COLUMN deputy uuid; -- whose code it was
-- Hand-ins of a code are counted when somebody asks: a counter would be one row for which all of a busy code's batches wait.
CREATE INDEX suggestions_code_idx ON suggestions (code) WHERE code IS NOT NULL;
