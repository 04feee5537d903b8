-- People are erased too, not items alone: see decision 0045. The name that the law has published goes out of acts about them, and so do
-- the reasons that officers gave for what they decided about them; record.erased says under which right.
-- Locks: replaces functions only. Takes milliseconds.

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
    -- A name leaves no hash: there are so few names that it would be read back from one.
    IF jsonb_typeof(object -> 'publicName') = 'string' THEN
        result := jsonb_set(result, '{publicName}', '"〔已删除〕"');
    END IF;
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

CREATE OR REPLACE FUNCTION redacted_authority(content text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN split_part(split_part(content, ': ', 1), ' ', 1)
                     IN ('contact.reveal', 'contact.find', 'text.reveal', 'suggestion.erase', 'dead-letters.discard',
                         'registration.decide', 'holding.end')
                     AND position(': ' IN content) > 0
                THEN split_part(content, ': ', 1) || ': ' || erased_text(substr(content, position(': ' IN content) + 2))
                ELSE content END
$$;

-- The right under which it was asked for comes last; a program from before names none.
DROP FUNCTION erase_record(uuid, uuid, timestamptz);
CREATE FUNCTION erase_record(item uuid, because uuid, moment timestamptz, asked_under text DEFAULT 'suggestion.erase') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    changes jsonb;
BEGIN
    INSERT INTO erased (suggestion, cause, erased_at) VALUES (item, because, moment) ON CONFLICT DO NOTHING;
    UPDATE outbox SET body = redacted(body) WHERE aggregate = item AND body <> redacted(body);
    UPDATE waiting SET body = redacted(body) WHERE aggregate = item AND body <> redacted(body);
    PERFORM set_config('ebinda.erasing', item::text, true);
    WITH old AS (
        SELECT acts.id, act_digest(acts) AS digest FROM acts
        WHERE (aggregate = item OR subject = item)
              AND (body <> redacted(body) OR authority <> redacted_authority(authority))
    ), new AS (
        UPDATE acts SET body = redacted(body), authority = redacted_authority(authority)
        FROM old WHERE acts.id = old.id
        RETURNING acts.id, act_digest(acts) AS digest
    )
    SELECT jsonb_agg(jsonb_build_object('id', id, 'before', encode(old.digest, 'hex'), 'after', encode(new.digest, 'hex')) ORDER BY id)
    INTO changes FROM old JOIN new USING (id);
    PERFORM set_config('ebinda.erasing', '', true);
    IF changes IS NULL THEN RETURN 0; END IF;
    INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, cause, body, subject)
    VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'record.erased', 'service:' || current_schema(), asked_under, now(), because,
            convert_to(jsonb_build_object('suggestion', item, 'acts', changes)::text, 'UTF8'), item);
    RETURN jsonb_array_length(changes);
END
$$;
