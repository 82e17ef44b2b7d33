//! Rotating the secret key, and looking before an upgrade.

use reqwest::StatusCode;
use serde_json::Value;

use crate::{postgres::Database, server::Server};

async fn works(server: &Server, token: &str) -> bool {
    let request = server
        .client
        .get(server.url("/api/v1/documents"))
        .bearer_auth(token);
    request.send().await.expect("an answer").status() == StatusCode::OK
}

#[tokio::test]
async fn who_is_signed_in_stays_so_through_a_rotation_unless_keys_are_dropped() {
    let mut server = Server::start();
    let token = server.sign_in("alpha").await.token;
    server.stop();
    let rotated = server.run(&["keys", "rotate"]);
    assert!(rotated.status.success(), "{rotated:?}");
    server.resume();
    assert!(works(&server, &token).await);
    let fresh = server.sign_in("alpha").await.token;
    let header = |token: &str| token.split('.').next().expect("a header").to_owned();
    assert_ne!(header(&token), header(&fresh), "they name different keys");
    server.stop();
    let dropped = server.run(&["keys", "rotate", "--drop-former"]);
    assert!(dropped.status.success(), "{dropped:?}");
    server.resume();
    assert!(!works(&server, &token).await && !works(&server, &fresh).await);
    server.sign_in("alpha").await;
}

#[tokio::test]
async fn keys_of_the_settings_are_rotated_there() {
    let server = Server::prepare();
    let key = "01".repeat(32);
    let output = server
        .command(&["keys", "rotate"])
        .env("WAFAA_SECRET_KEY", &key)
        .output()
        .expect("the binary starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("WAFAA_SECRET_KEY_PREVIOUS") && !said.contains(&key),
        "{said}"
    );
    let output = server
        .command(&["doctor"])
        .env("WAFAA_SECRET_KEY_PREVIOUS", format!("{key},nonsense"))
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("WAFAA_SECRET_KEY_PREVIOUS") && !said.contains("nonsense"),
        "{said}"
    );
}

#[tokio::test]
async fn an_upgrade_is_looked_at_without_touching_anything() {
    let server = Server::prepare();
    let check = ["upgrade", "--check", "-o", "json"];
    let report = |output: &std::process::Output| -> Value {
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let empty = server.run(&check);
    assert!(
        empty.status.success() && !server.path().join("data").exists(),
        "{empty:?}"
    );
    assert!(
        !report(&empty)["pending"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
    assert!(server.run(&["migrate"]).status.success());
    let current = server.run(&check);
    assert!(current.status.success());
    assert_eq!(report(&current)["pending"], serde_json::json!([]));
}

/// On PostgreSQL, since the root's tests speak to no SQLite file themselves.
#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    use sqlx::Connection as _;
    let Some(database) = Database::create().await else {
        return;
    };
    let server = Server::prepare_on(&database);
    let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)";
    let mut connection = sqlx::PgConnection::connect(&database.url())
        .await
        .expect("a database");
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("inserted");
    connection.close().await.expect("closed");
    // The role that the platform works as may look, too.
    let output = server
        .command(&["upgrade", "--check"])
        .env_remove("WAFAA_MIGRATE_DATABASE_URL")
        .output()
        .expect("the binary starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("m9999_future") && said.contains("newer version"),
        "{said}"
    );
    drop(server);
    database.remove().await;
}
