-- The service's own role adds acts and seals and does nothing else with them, by its rights too: the trigger is the second guard.
-- What an erasure takes out of acts goes through erase_record, which has its owner's rights. Where the owner of the tables is the
-- service's role itself, as on a developer's machine, the trigger is the only one.
-- Locks: none on rows; the tables' rights, for milliseconds.
DO $$
BEGIN
    IF current_schema() <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = current_schema()) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON acts, seals FROM %I', current_schema());
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON migrations FROM %I', current_schema());
    END IF;
END
$$;
