-- The heads of each day as every replica writes them into its folder, and when the seal of a head was made.
-- Locks: creates a new table; kept_seals against everything while a column without a default is added. Takes milliseconds.

ALTER TABLE kept_seals ADD COLUMN sealed_at timestamptz; -- by the owner's clock; null: kept before this was noted

CREATE TABLE exported_heads (
    day      date NOT NULL, -- Chinese time (Asia/Shanghai)
    document text NOT NULL, -- the file of that day, byte for byte
    CONSTRAINT exported_heads_pkey PRIMARY KEY (day)
);
