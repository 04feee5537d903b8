-- From where somebody has acted: the network around their address, as 192.0.2.0/24, which says where and not who. Null of rules, of
-- departments' letters, of the command line, of who hands in with a receipt alone, and of what was done before.
-- Locks: acts exclusively, for milliseconds (a column without a default is no rewrite).
ALTER TABLE acts ADD COLUMN origin text;

-- The digest of a row as the sealer makes it: of an act without an origin as before there were any.
CREATE OR REPLACE FUNCTION act_digest(act acts) RETURNS bytea LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT sha256(convert_to((jsonb_build_array(act.id, act.aggregate, act.version, act.name, act.actor, act.authority,
                  extract(epoch FROM act.occurred_at), act.traceparent, act.cause)
                  || CASE WHEN act.origin IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(act.origin) END)::text, 'UTF8') || act.body)
$$;
