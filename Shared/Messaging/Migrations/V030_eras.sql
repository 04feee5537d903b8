-- Acts are in the order of their transactions, and a dump that is restored into another cluster meets transactions with lower
-- numbers: see decision 0031. The era comes before the number; the first act after such a restore begins a new one.
-- Locks: acts against writing while its index is built, some seconds a million rows; seals exclusively, for milliseconds (columns with
-- a constant default are no rewrite).

CREATE TABLE eras (
    number   integer     NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT eras_pkey PRIMARY KEY (number)
);
INSERT INTO eras (number) VALUES (0);

ALTER TABLE acts ADD COLUMN era integer NOT NULL DEFAULT 0;
ALTER TABLE seals ADD COLUMN last_era integer NOT NULL DEFAULT 0;
CREATE INDEX acts_order ON acts (era, xid, id);
DROP INDEX acts_xid;

-- The era of what is written now. An act that can be seen, is of another transaction, and bears a number that this cluster has not
-- come to, is of another cluster. It is looked for with each statement that writes acts: later ones could hide it. Two that find one
-- at once wait for each other at the key.
CREATE FUNCTION act_era() RETURNS integer LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    present integer;
    newest  xid8;
BEGIN
    SELECT max(number) INTO present FROM eras;
    SELECT xid INTO newest FROM acts WHERE era = present ORDER BY era DESC, xid DESC LIMIT 1;
    IF newest > coalesce(pg_current_xact_id_if_assigned(), '0') AND newest >= pg_snapshot_xmax(pg_current_snapshot()) THEN
        present := present + 1;
        INSERT INTO eras (number) VALUES (present) ON CONFLICT DO NOTHING;
    END IF;
    RETURN present;
END
$$;
ALTER TABLE acts ALTER COLUMN era SET DEFAULT act_era();
