-- A person's words can be taken out of the record of acts, and of what waits to be told or heard, while the chain still holds:
-- see decision 0019. Locks: acts exclusively, for milliseconds (a column without a default is no rewrite, its index is empty).

-- Whose words were erased, so that what arrives later is stored without them.
CREATE TABLE erased (
    suggestion uuid        NOT NULL,
    cause      uuid        NOT NULL, -- the event that told of it
    erased_at  timestamptz NOT NULL,
    CONSTRAINT erased_pkey PRIMARY KEY (suggestion)
);

-- What an act is about where that is not its aggregate, such as a letter that was thrown away.
ALTER TABLE acts ADD COLUMN subject uuid;
CREATE INDEX acts_subject ON acts (subject) WHERE subject IS NOT NULL;

-- A text's place: the text goes, its hash stays.
CREATE FUNCTION erased_text(content text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN content = '' OR starts_with(content, '〔已删除〕') THEN content
                ELSE '〔已删除〕sha256:' || encode(sha256(convert_to(content, 'UTF8')), 'hex') END
$$;

-- A body without what people have written into it. Of what is no object of JSON nothing but the hash is left. Again changes nothing.
CREATE FUNCTION redacted(content bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT AS $$
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
        -- A refusal's reason is a code; its explanation is what was written.
        CONTINUE WHEN member = 'reason' AND object ? 'explanation';
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

-- An authority without what was written behind it: the reason for a look at a contact, or for throwing a letter away.
CREATE FUNCTION redacted_authority(content text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN split_part(content, ': ', 1) IN ('contact.reveal', 'dead-letters.discard') AND position(': ' IN content) > 0
                THEN split_part(content, ': ', 1) || ': ' || erased_text(substr(content, position(': ' IN content) + 2))
                ELSE content END
$$;

-- The digest of a row as the sealer makes it.
CREATE FUNCTION act_digest(act acts) RETURNS bytea LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT sha256(convert_to(jsonb_build_array(act.id, act.aggregate, act.version, act.name, act.actor, act.authority,
                  extract(epoch FROM act.occurred_at), act.traceparent, act.cause)::text, 'UTF8') || act.body)
$$;

-- An act is never removed and never changed, but for what erase_record does, which leaves an act of its own: words go, and
-- nothing else; and only inside that function, since it alone acts as the owner of the table.
CREATE FUNCTION refuse_change_of_acts() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND current_setting('ebinda.erasing', true) = coalesce(OLD.subject, OLD.aggregate)::text
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
       AND NEW.body = redacted(OLD.body) AND NEW.authority = redacted_authority(OLD.authority)
       AND to_jsonb(NEW) - ARRAY['body', 'authority'] = to_jsonb(OLD) - ARRAY['body', 'authority'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER acts_append_only ON acts;
CREATE TRIGGER acts_append_only BEFORE UPDATE OR DELETE ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change_of_acts();

-- Takes the words out of everything of an item that the engine keeps, and records the digests of each act before and after: the
-- chain holds by that record. Again changes nothing.
CREATE FUNCTION erase_record(item uuid, because uuid, moment timestamptz) RETURNS bigint
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
    VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'record.erased', 'service:' || current_schema(), 'suggestion.erase', now(), because,
            convert_to(jsonb_build_object('suggestion', item, 'acts', changes)::text, 'UTF8'), item);
    RETURN jsonb_array_length(changes);
END
$$;
