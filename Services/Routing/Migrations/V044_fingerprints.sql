-- What of each matter's words is kept so that others like them are found while it is triaged (decision 0050).
-- Locks: creates new tables only, and reads the ids of the matters that there are: two seconds for a million. Their words are read
-- behind it, by the same command, in batches and beside running services.

CREATE TABLE fingerprints (
    suggestion uuid   NOT NULL,
    sketch     bigint NOT NULL, -- 64 bits, the more of them alike the more alike the words
    -- Above, the hundred days in which it was handed in, so that what is added lies together; below, the band's 32 bits.
    band1      bigint NOT NULL,
    band2      bigint NOT NULL,
    band3      bigint NOT NULL,
    band4      bigint NOT NULL,
    band5      bigint NOT NULL,
    band6      bigint NOT NULL,
    band7      bigint NOT NULL,
    CONSTRAINT fingerprints_pkey PRIMARY KEY (suggestion)
);
CREATE INDEX fingerprints_band1 ON fingerprints (band1);
CREATE INDEX fingerprints_band2 ON fingerprints (band2);
CREATE INDEX fingerprints_band3 ON fingerprints (band3);
CREATE INDEX fingerprints_band4 ON fingerprints (band4);
CREATE INDEX fingerprints_band5 ON fingerprints (band5);
CREATE INDEX fingerprints_band6 ON fingerprints (band6);
CREATE INDEX fingerprints_band7 ON fingerprints (band7);

-- Matters from before, whose words are still to be read.
CREATE TABLE fingerprints_due (
    suggestion uuid NOT NULL,
    CONSTRAINT fingerprints_due_pkey PRIMARY KEY (suggestion)
);
INSERT INTO fingerprints_due SELECT id FROM suggestions;
