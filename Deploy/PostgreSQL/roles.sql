-- Roles of the database, each time the stack comes up: the operator owns every schema; a service has one schema and in it
-- rows alone. It cannot change tables, switch off the guard of its acts, empty a table, or see another service's; acts and seals it
-- adds, and never changes.
\set ON_ERROR_STOP on
\set operator `cat /run/secrets/database-ebinda`
\set intake `cat /run/secrets/database-intake`
\set routing `cat /run/secrets/database-routing`
\set replies `cat /run/secrets/database-replies`
\set reminders `cat /run/secrets/database-reminders`
\set dashboard `cat /run/secrets/database-dashboard`
\set directory `cat /run/secrets/database-directory`
SET client_min_messages = warning;
-- Passwords stay out of the server's log, also where it notes slow or failed statements.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

-- Two at once would meet each other's half-made roles.
SELECT pg_advisory_lock(hashtext('ebinda.roles')) \g /dev/null
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', name)
FROM unnest(ARRAY['ebinda', 'intake', 'routing', 'replies', 'reminders', 'dashboard', 'directory']) AS name
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE ebinda PASSWORD :'operator';
ALTER ROLE intake PASSWORD :'intake';
ALTER ROLE routing PASSWORD :'routing';
ALTER ROLE replies PASSWORD :'replies';
ALTER ROLE reminders PASSWORD :'reminders';
ALTER ROLE dashboard PASSWORD :'dashboard';
ALTER ROLE directory PASSWORD :'directory';

ALTER DATABASE ebinda OWNER TO ebinda;
REVOKE ALL ON DATABASE ebinda FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

SELECT format(statement, name)
FROM unnest(ARRAY['intake', 'routing', 'replies', 'reminders', 'dashboard', 'directory']) AS name,
     unnest(ARRAY[
         'GRANT CONNECT ON DATABASE ebinda TO %1$I',
         'CREATE SCHEMA IF NOT EXISTS %1$I AUTHORIZATION ebinda',
         'GRANT USAGE ON SCHEMA %1$I TO %1$I',
         'ALTER DEFAULT PRIVILEGES FOR ROLE ebinda IN SCHEMA %1$I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$I',
         'ALTER DEFAULT PRIVILEGES FOR ROLE ebinda IN SCHEMA %1$I GRANT USAGE ON SEQUENCES TO %1$I'
     ]) WITH ORDINALITY AS statements (statement, number)
ORDER BY name, number \gexec

-- What the migrations take back of that, once more, whatever somebody has granted since.
SELECT format('REVOKE %s ON %I.%I FROM %I', rights, schemaname, tablename, schemaname)
FROM pg_tables
JOIN (VALUES ('acts', 'UPDATE, DELETE, TRUNCATE'), ('seals', 'UPDATE, DELETE, TRUNCATE'),
             ('migrations', 'INSERT, UPDATE, DELETE, TRUNCATE')) AS kept (name, rights) ON name = tablename
WHERE schemaname = ANY(ARRAY['intake', 'routing', 'replies', 'reminders', 'dashboard', 'directory'])
ORDER BY schemaname, tablename \gexec
