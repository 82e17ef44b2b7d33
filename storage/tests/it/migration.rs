//! Steps of the schema: up, down and up again, without leftovers.

use sea_orm::ConnectionTrait as _;
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_storage::Database;

use crate::database::{is_postgres, on_each_database, owner, tenant, texts};

on_each_database!(
    the_schema_goes_and_comes_back,
    each_step_can_be_undone,
    a_step_that_breaks_off_leaves_nothing_behind
);

/// Names of everything in the schema but the list of steps.
async fn objects(db: &Database) -> Vec<String> {
    let names = if is_postgres(db) {
        "SELECT relname::text || relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace \
         AND relname NOT LIKE 'seaql%' \
         UNION ALL SELECT tablename || '.' || policyname FROM pg_policies \
         UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
    } else {
        "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'seaql%' ORDER BY 1"
    };
    texts(db.connection(), names).await
}

async fn the_schema_goes_and_comes_back(db: Database) {
    let db = owner(&db).await;
    let before = objects(&db).await;
    for table in ["tenants", "members", "documents", "jobs", "audit_log"] {
        assert!(
            before.iter().any(|name| name.starts_with(table)),
            "{before:?}"
        );
    }
    Migrator::down(db.connection(), None).await.unwrap();
    assert_eq!(objects(&db).await, Vec::<String>::new());
    Migrator::up(db.connection(), None).await.unwrap();
    assert_eq!(objects(&db).await, before);
    Migrator::up(db.connection(), None).await.unwrap();
    tenant(&db, "bayt-falafel").await;
}

async fn each_step_can_be_undone(db: Database) {
    let db = owner(&db).await;
    let before = objects(&db).await;
    let steps = u32::try_from(Migrator::migrations().len()).unwrap();
    for steps in 1..=steps {
        Migrator::down(db.connection(), Some(steps)).await.unwrap();
        // Row-level security is nothing to SQLite.
        let changed = objects(&db).await != before;
        assert!(changed || !is_postgres(&db));
        Migrator::up(db.connection(), None).await.unwrap();
        assert_eq!(objects(&db).await, before);
    }
}

/// As when the process is killed in the middle of it: something stands in the way of the step's last tables.
async fn a_step_that_breaks_off_leaves_nothing_behind(db: Database) {
    const BEFORE_CONVERSATIONS: u32 = 8;
    let db = owner(&db).await;
    let whole = objects(&db).await;
    let all = u32::try_from(Migrator::migrations().len()).unwrap();
    let down = Migrator::down(db.connection(), Some(all - BEFORE_CONVERSATIONS));
    down.await.unwrap();
    let before = objects(&db).await;
    let run = async |sql: &str| db.connection().execute_unprepared(sql).await.unwrap();
    run("CREATE TABLE message_stages (id INTEGER)").await;
    assert!(Migrator::up(db.connection(), None).await.is_err());
    run("DROP TABLE message_stages").await;
    assert_eq!(objects(&db).await, before);
    Migrator::up(db.connection(), None).await.unwrap();
    assert_eq!(objects(&db).await, whole);
}
