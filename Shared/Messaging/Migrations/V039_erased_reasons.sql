-- What was written behind an authority goes with the words of its item: also why it was erased, why it was looked for by a number, and why
-- its unmasked words were looked at.
-- Locks: replaces a function only. Takes milliseconds.

CREATE OR REPLACE FUNCTION redacted_authority(content text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN split_part(split_part(content, ': ', 1), ' ', 1)
                     IN ('contact.reveal', 'contact.find', 'text.reveal', 'suggestion.erase', 'dead-letters.discard')
                     AND position(': ' IN content) > 0
                THEN split_part(content, ': ', 1) || ': ' || erased_text(substr(content, position(': ' IN content) + 2))
                ELSE content END
$$;
