-- Deputies' and observers' roles, as Directory has told them last, and whose a matter is by them (decision 0042): known while Directory
-- is away, in the services that hear of people.
-- Locks: creates a new table and functions only. Takes milliseconds.
CREATE TABLE known_holdings (
    holding     uuid    NOT NULL,
    person      uuid    NOT NULL,
    version     bigint  NOT NULL, -- of the telling that is kept
    role        text    NOT NULL, -- deputy, observer
    good        boolean NOT NULL, -- confirmed, of a person who takes part; its term stands beside it
    valid_from  date    NOT NULL,
    valid_until date,             -- the last day; null: until it is ended
    stations    text[]  NOT NULL, -- of a deputy: where they receive people
    deputies    uuid[]  NOT NULL, -- of an observer: the deputies fixed to them
    CONSTRAINT known_holdings_pkey PRIMARY KEY (holding)
);
CREATE INDEX known_holdings_person ON known_holdings (person);

-- The roles of a person that are good today, in Chinese time.
CREATE FUNCTION good_holdings(who uuid, wanted text) RETURNS SETOF known_holdings
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT * FROM known_holdings
    WHERE person = who AND role = wanted AND good AND valid_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date
          AND (valid_until IS NULL OR valid_until >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
$$;

-- Whether a matter is a deputy's own: named in it; or, where nobody who is named sits any more, received at a station of theirs.
CREATE FUNCTION is_own_matter(who uuid, named uuid[], place text) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce(who = ANY (named), false)
        OR EXISTS (SELECT FROM good_holdings(who, 'deputy') AS mandate WHERE place = ANY (mandate.stations))
           AND NOT EXISTS (SELECT FROM unnest(named) AS deputy (id) WHERE EXISTS (SELECT FROM good_holdings(deputy.id, 'deputy')))
$$;
