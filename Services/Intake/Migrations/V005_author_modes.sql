-- Who may know the author, and whether somebody else has handed in for them. What was handed in before has no mode: the contact
-- that it has or has not says the same.
-- Locks: suggestions exclusively, for milliseconds (columns without a rewrite).
ALTER TABLE suggestions ADD COLUMN mode text;
ALTER TABLE suggestions ADD COLUMN on_behalf text; -- spoken or paper
