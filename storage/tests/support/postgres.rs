//! The role that tests on PostgreSQL work as: row-level security holds for it. For `#[path]` inclusion.

/// Its name; its password, `app`, guards nothing.
pub(crate) const APP: &str = "wafaa_test_app";

/// Makes it, once for a server however many tests do so together.
pub(crate) const MAKE_APP: &str = "DO $$ BEGIN CREATE ROLE wafaa_test_app LOGIN PASSWORD 'app'; \
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// The URL of a database on the server that this URL of a superuser names, as that role.
pub(crate) fn as_app(server: &str, database: &str) -> String {
    let (scheme, rest) = server.split_once("://").expect("a URL");
    let (_, host) = rest.rsplit_once('@').expect("a URL that names a user");
    let (host, _) = host.rsplit_once('/').expect("a URL that names a database");
    format!("{scheme}://{APP}:app@{host}/{database}")
}
