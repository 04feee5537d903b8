-- Which key seals a contact, so that keys can change; a keyed hash of its number, so that a person's items can be found; and how
-- many events an item has told, since handing in is no longer the only one.
-- Locks: suggestions exclusively, for milliseconds (columns without a rewrite), then against writes while the index is made, a
-- second a million rows.
ALTER TABLE suggestions ADD COLUMN contact_key text;
ALTER TABLE suggestions ADD COLUMN contact_index bytea;
ALTER TABLE suggestions ADD COLUMN version bigint NOT NULL DEFAULT 1;
CREATE INDEX suggestions_contact_index ON suggestions (contact_index) WHERE contact_index IS NOT NULL;
