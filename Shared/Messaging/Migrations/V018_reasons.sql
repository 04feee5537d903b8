-- The reason of a clock's change is a code, which erasure used to take for a text: the event could not be read afterwards.
-- Locks: replaces a function only. Takes milliseconds.

CREATE OR REPLACE FUNCTION redacted(content bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT AS $$
DECLARE
    object jsonb;
    result jsonb;
    member text;
BEGIN
    BEGIN
        object := convert_from(content, 'UTF8')::jsonb;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        object := NULL;
    END;
    IF object IS NULL OR jsonb_typeof(object) <> 'object' THEN
        RETURN convert_to(jsonb_build_object('text', '〔已删除〕sha256:' || encode(sha256(content), 'hex'))::text, 'UTF8');
    END IF;
    result := object;
    FOREACH member IN ARRAY ARRAY['title', 'text', 'analysis', 'proposal', 'reason', 'explanation', 'comment'] LOOP
        -- A refusal's reason and that of a clock's change are codes; explanation and text are what was written.
        CONTINUE WHEN member = 'reason' AND (object ? 'explanation' OR object ? 'previousDueAt');
        IF jsonb_typeof(object -> member) = 'string' THEN
            result := jsonb_set(result, ARRAY[member], to_jsonb(erased_text(object ->> member)));
        END IF;
    END LOOP;
    -- A file's name is written by a person too.
    IF jsonb_typeof(object -> 'attachments') = 'array' THEN
        result := jsonb_set(result, '{attachments}', (
            SELECT coalesce(jsonb_agg(CASE WHEN jsonb_typeof(file -> 'name') = 'string'
                                           THEN jsonb_set(file, '{name}', to_jsonb(erased_text(file ->> 'name')))
                                           ELSE file END ORDER BY place), '[]')
            FROM jsonb_array_elements(object -> 'attachments') WITH ORDINALITY AS entry (file, place)));
    END IF;
    RETURN CASE WHEN result = object THEN content ELSE convert_to(result::text, 'UTF8') END;
END
$$;
