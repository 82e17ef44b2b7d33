//! Support: every test of the database runs on a fresh SQLite file and on a fresh PostgreSQL database, there
//! as a role that row-level security holds for.
//!
//! `WAFAA_TEST_POSTGRES_URL` names a server on which databases can be made; `make test` starts one. Without it
//! the half on PostgreSQL is skipped, and says so.

#[path = "../support/postgres.rs"]
mod postgres_role;

use std::{future::Future, io::Write as _, panic::AssertUnwindSafe, sync::Once};

use futures::FutureExt as _;
use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, Statement};
use uuid::Uuid;
use wafaa_domain::{Actor, DocumentId, SystemScope, TenantScope};
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_storage::{
    Database, Error, Result, Scope, Tx,
    document::{self, Document, NewDocument},
    tenant::{self, Limits},
};

use postgres_role::{APP, MAKE_APP, as_app};

/// Makes two tests of each function that takes a [`Database`]: one in `sqlite`, one in `postgres`.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                $crate::database::on_sqlite(super::$test).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                $crate::database::on_postgres(super::$test).await;
            })+
        }
    };
}
pub(crate) use on_each_database;

/// Runs a test on a fresh SQLite file.
pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Database) -> F) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/wafaa.db", directory.path().display());
    test(migrated(&url).await).await;
}

/// Runs a test on a PostgreSQL database of its own, which is dropped at the end however that is.
pub(crate) async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Database) -> F) {
    let Ok(server) = std::env::var("WAFAA_TEST_POSTGRES_URL") else {
        return say_skipped();
    };
    let name = format!("wafaa_test_{}", Uuid::now_v7().simple());
    let (address, _) = server
        .rsplit_once('/')
        .expect("a URL that ends in /<database>");
    let admin = Box::pin(sea_orm::Database::connect(&server)).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    admin.execute_unprepared(&create).await.unwrap();
    let body = async {
        let owner = migrated(&format!("{address}/{name}")).await;
        admin.execute_unprepared(MAKE_APP).await.unwrap();
        wafaa_migrations::grant(owner.connection(), APP)
            .await
            .unwrap();
        owner.close().await.unwrap();
        test(Database::open(&as_app(&server, &name)).await.unwrap()).await;
    };
    let outcome = AssertUnwindSafe(body).catch_unwind().await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute_unprepared(&drop).await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// The same database as its owner, whom nothing is hidden from.
pub(crate) async fn owner(db: &Database) -> Database {
    if !is_postgres(db) {
        return db.clone();
    }
    let name = texts(db.connection(), "SELECT current_database()::text").await;
    let server = std::env::var("WAFAA_TEST_POSTGRES_URL").unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    Database::open(&format!("{address}/{}", name[0]))
        .await
        .unwrap()
}

/// On standard error itself, since the test harness hides what a passing test prints.
fn say_skipped() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let message =
            b"\nSKIPPED on PostgreSQL: WAFAA_TEST_POSTGRES_URL is not set; `make test` sets it.\n";
        std::io::stderr().write_all(message).unwrap();
    });
}

async fn migrated(url: &str) -> Database {
    let db = Database::open(url).await.unwrap();
    Migrator::up(db.connection(), None).await.unwrap();
    db
}

pub(crate) fn is_postgres(db: &Database) -> bool {
    db.connection().get_database_backend() == DatabaseBackend::Postgres
}

pub(crate) fn system() -> SystemScope {
    SystemScope::new("test")
}

/// Does `work` in one transaction, which is undone when it fails.
pub(crate) async fn write<S: Scope, T>(
    db: &Database,
    scope: S,
    work: impl AsyncFnOnce(&Tx<S>) -> Result<T>,
) -> Result<T> {
    let tx = db.write(scope).await?;
    let answer = work(&tx).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Reads in one transaction.
pub(crate) async fn read<S: Scope, T>(
    db: &Database,
    scope: S,
    work: impl AsyncFnOnce(&Tx<S>) -> Result<T>,
) -> Result<T> {
    let tx = db.read(scope).await?;
    work(&tx).await
}

/// A new tenant, to act in.
pub(crate) async fn tenant(db: &Database, slug: &str) -> TenantScope {
    let slug = slug.parse().unwrap();
    let made = write(db, system(), async |tx| {
        tenant::create(tx, &slug, "A tenant", false, Limits::default()).await
    });
    TenantScope::of_system(&system(), made.await.unwrap().id, Actor::CommandLine)
}

/// A new document with this content.
pub(crate) async fn document(db: &Database, scope: TenantScope, content: u8) -> Document {
    let new = new_document(content);
    write(db, scope, async |tx| document::create(tx, new).await)
        .await
        .unwrap()
}

pub(crate) fn new_document(content: u8) -> NewDocument {
    NewDocument {
        id: DocumentId::new(),
        title: format!("Document {content}"),
        filename: "menu.pdf".into(),
        language: None,
        bytes: 1_000,
        sha256: [content; 32],
    }
}

/// Runs SQL past the functions under test, as the owner.
pub(crate) async fn sql(db: &Database, sql: &str) -> Result<u64> {
    let done = owner(db).await.connection().execute_unprepared(sql).await;
    Ok(done.map_err(Error::from)?.rows_affected())
}

/// The first column of the answer, as text.
pub(crate) async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// On PostgreSQL, returns once a transaction waits for another one's lock. On SQLite writers queue for the one
/// connection, so that there is nothing to wait for.
pub(crate) async fn until_one_waits(db: &Database) {
    let waiting = "SELECT pid::text FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while is_postgres(db) && texts(db.connection(), waiting).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Asserts that a call failed with this error.
macro_rules! assert_fails {
    ($call:expr, $error:ident) => {{
        let outcome = $call;
        assert!(
            matches!(outcome, Err(wafaa_storage::Error::$error)),
            "{} is {outcome:?}",
            stringify!($call)
        );
    }};
}
pub(crate) use assert_fails;
