-- Since when a matter's verdict is awaited, and the list of those that await one.
-- Locks: suggestions exclusively while the answered ones are filled in and the index is made, some seconds for a million.
ALTER TABLE suggestions ADD COLUMN answered_at timestamptz;
UPDATE suggestions SET answered_at = coalesce(
    (SELECT max(issued_at) FROM replies JOIN assignments ON assignments.id = assignment WHERE suggestion = suggestions.id), now())
WHERE state = 'answered';
CREATE INDEX suggestions_verdict ON suggestions (answered_at, id) WHERE state = 'answered';
