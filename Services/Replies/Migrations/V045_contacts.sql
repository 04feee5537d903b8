-- What departments record of their contacts with authors and deputies (面商), and which round of a leg has one.
-- Locks: creates a new table and a function, and adds a column with a constant default. Takes milliseconds.

CREATE TABLE contacts (
    id          uuid        NOT NULL,
    assignment  uuid        NOT NULL,
    round       integer     NOT NULL,
    mode        text        NOT NULL, -- face-to-face, telephone, writing
    held_at     timestamptz NOT NULL,
    officer     text        NOT NULL, -- who spoke for the department, masked
    partner     text        NOT NULL, -- author, deputy, cosigner
    body        text        NOT NULL, -- what was said, masked
    due_at      timestamptz,          -- until when the rule pack wanted it
    recorded_at timestamptz NOT NULL,
    CONSTRAINT contacts_pkey PRIMARY KEY (id)
);
CREATE INDEX contacts_assignment ON contacts (assignment, held_at);
ALTER TABLE assignments ADD COLUMN contacted_round integer NOT NULL DEFAULT 0; -- the last round of which a contact is recorded

-- What a department sent and could not be taken, without the words in it: those of a contact stand deeper, and beside a name.
CREATE FUNCTION redacted_letter(content bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT AS $$
DECLARE
    object jsonb := convert_from(redacted(content), 'UTF8')::jsonb; -- of anything it leaves an object
    member text;
BEGIN
    IF NOT object ?| ARRAY['contact', 'officer'] THEN RETURN redacted(content); END IF;
    FOREACH member IN ARRAY ARRAY['contact', 'officer'] LOOP
        IF object ? member THEN object := jsonb_set(object, ARRAY[member], '"〔已删除〕"'); END IF;
    END LOOP;
    RETURN convert_to(object::text, 'UTF8');
END
$$;
