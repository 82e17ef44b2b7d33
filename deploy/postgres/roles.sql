-- The database `wafaa` and the roles that use it. Run once by a superuser, with psql:
--
--   psql --set owner_password=… --set app_password=… --set backup_password=… --file deploy/postgres/roles.sql postgres
--
-- wafaa_owner   owns the tables; `wafaa migrate` alone uses it
-- wafaa_app     what every process uses: row-level security binds it, since it owns nothing. `wafaa migrate` gives it its rights
-- wafaa_backup  reads all rows of all tenants, for pg_dump; changes nothing
\set ON_ERROR_STOP on

CREATE ROLE wafaa_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE wafaa_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';
CREATE ROLE wafaa_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD :'backup_password';
GRANT pg_read_all_data TO wafaa_backup;

-- A forgotten transaction would hold back the cleaning of dead rows.
ALTER ROLE wafaa_app SET idle_in_transaction_session_timeout = '60s';
-- A migration must not make everybody else wait behind a lock that it waits for itself.
ALTER ROLE wafaa_owner SET lock_timeout = '10s';

CREATE DATABASE wafaa OWNER wafaa_owner ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE wafaa FROM PUBLIC;
GRANT CONNECT ON DATABASE wafaa TO wafaa_app, wafaa_backup;

\connect wafaa
ALTER SCHEMA public OWNER TO wafaa_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO wafaa_app, wafaa_backup;
