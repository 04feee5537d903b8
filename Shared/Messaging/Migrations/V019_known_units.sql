-- The units, as Directory has told them last: which stations there are and where they lie is known while Directory is away. Without a
-- row the routing data counts.
-- Locks: creates a new table only. Takes milliseconds.
CREATE TABLE known_units (
    code      text    NOT NULL,
    version   bigint  NOT NULL, -- of the telling that is kept
    kind      text    NOT NULL, -- congress, committee, department, office, subdistrict, community, station
    name      text    NOT NULL,
    parent    text,             -- the unit above it
    joined_to text,             -- of a station: the one that it was joined to
    ended     boolean NOT NULL,
    CONSTRAINT known_units_pkey PRIMARY KEY (code)
);
