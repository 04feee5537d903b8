-- Which items' words were erased: once is enough.
-- Locks: suggestions exclusively, for milliseconds (a constant default is no rewrite).
ALTER TABLE suggestions ADD COLUMN erased boolean NOT NULL DEFAULT false;
