-- Files that people send, in pieces of 256 KiB, so that nothing has to hold a whole one in memory, and backup and failover cover
-- them. Until something handed in names them they belong to nobody, and go after a day.
-- Locks: creates new tables only. Takes milliseconds.

CREATE TABLE attachments (
    id         uuid        NOT NULL,
    secret     bytea       NOT NULL, -- SHA-256 of what their sender got with the id
    name       text        NOT NULL, -- as it was given, cleaned; what leaves this schema is masked
    type       text        NOT NULL, -- by its bytes
    size       bigint      NOT NULL, -- as it is kept: a picture was made anew
    sha256     bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    suggestion uuid,                 -- the item it goes with; once set it stays
    position   bigint,               -- in the item's list, from 0
    CONSTRAINT attachments_pkey PRIMARY KEY (id)
);
CREATE INDEX attachments_of_suggestion ON attachments (suggestion, position) WHERE suggestion IS NOT NULL;
-- What the sweep looks for and what limits how much may lie about.
CREATE INDEX attachments_unattached ON attachments (created_at) INCLUDE (size) WHERE suggestion IS NULL;

CREATE TABLE attachment_chunks (
    attachment uuid   NOT NULL,
    position   bigint NOT NULL, -- from 0
    bytes      bytea  NOT NULL,
    CONSTRAINT attachment_chunks_pkey PRIMARY KEY (attachment, position),
    CONSTRAINT attachment_chunks_attachment FOREIGN KEY (attachment) REFERENCES attachments (id) ON DELETE CASCADE
);
-- They are compressed already: out of line and as they are.
ALTER TABLE attachment_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
