-- The numbers of departments' documents (文号): a series a department and year without gaps, and each number of a department once.
-- Locks: creates new tables and adds columns without a default; writing to replies waits while the index is made, about a second a
-- million replies.

CREATE TABLE document_series (
    department text    NOT NULL,
    year       integer NOT NULL,
    last       integer NOT NULL, -- the last number that was given; its row is the lock of the series
    own        boolean NOT NULL, -- whether the department has given numbers of its own that year
    CONSTRAINT document_series_pkey PRIMARY KEY (department, year)
) WITH (fillfactor = 50);

-- What stands before the year, as Directory has told it last.
CREATE TABLE document_words (
    department text   NOT NULL,
    version    bigint NOT NULL, -- of the telling that is kept
    word       text,            -- null: it has none, and its code stands there
    CONSTRAINT document_words_pkey PRIMARY KEY (department)
);

ALTER TABLE replies
    ADD COLUMN department      text,    -- null, as the two below: issued before there were numbers
    ADD COLUMN document_number text,
    ADD COLUMN own_number      boolean; -- whether the department gave it itself
CREATE UNIQUE INDEX replies_document_number ON replies (department, document_number);
