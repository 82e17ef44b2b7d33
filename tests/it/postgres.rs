//! A PostgreSQL database of one test, where `WAFAA_TEST_POSTGRES_URL` names a server.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

#[path = "../../storage/tests/support/postgres.rs"]
mod role;

use role::{MAKE_APP, as_app};

/// Dropped by [`Database::remove`], not with the value: dropping a database takes a connection.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// A new one; none without a server, which is said.
    pub(crate) async fn create() -> Option<Self> {
        let Ok(server) = std::env::var("WAFAA_TEST_POSTGRES_URL") else {
            println!("SKIPPED on PostgreSQL: WAFAA_TEST_POSTGRES_URL is not set");
            return None;
        };
        let name = format!(
            "wafaa_it_{}_{:08x}",
            std::process::id(),
            rand::random::<u32>()
        );
        on_server(&server, format!("CREATE DATABASE {name}")).await;
        on_server(&server, MAKE_APP.into()).await;
        Some(Self { server, name })
    }

    /// As the role that the platform works as; it may do something once `wafaa migrate` has said so.
    pub(crate) fn url_of_app(&self) -> String {
        as_app(&self.server, &self.name)
    }

    /// As a superuser, who owns it.
    pub(crate) fn url(&self) -> String {
        let (host, _) = self
            .server
            .rsplit_once('/')
            .expect("the URL names a database");
        format!("{host}/{}", self.name)
    }

    pub(crate) async fn remove(self) {
        on_server(
            &self.server,
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        )
        .await;
    }
}

async fn on_server(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.expect("a server");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .expect("the server does it");
    connection.close().await.expect("closed");
}
