-- A look's reason is erased whatever stands beside the right's name: `contact.reveal (confidential): …`, `contact.reveal (visit): …`.
-- Locks: replaces a function only. Takes milliseconds.

CREATE OR REPLACE FUNCTION redacted_authority(content text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN split_part(split_part(content, ': ', 1), ' ', 1) IN ('contact.reveal', 'dead-letters.discard')
                     AND position(': ' IN content) > 0
                THEN split_part(content, ': ', 1) || ': ' || erased_text(substr(content, position(': ' IN content) + 2))
                ELSE content END
$$;
