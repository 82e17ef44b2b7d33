//! Fan-in: of several jobs exactly one is the last.

use wafaa_domain::TenantScope;
use wafaa_storage::{Database, Result, ledger};

use crate::database::{assert_fails, on_each_database, tenant, write};

on_each_database!(
    exactly_one_of_many_at_once_is_the_last,
    a_count_that_is_rolled_back_does_not_count,
    a_barrier_can_be_set_anew,
);

async fn set(db: &Database, scope: TenantScope, jobs: usize) {
    write(db, scope, async |tx| {
        ledger::set_barrier(tx, "doc_1", jobs).await
    })
    .await
    .unwrap();
}

async fn count_down(db: &Database, scope: TenantScope) -> Result<u32> {
    write(db, scope, async |tx| ledger::count_down(tx, "doc_1").await).await
}

async fn exactly_one_of_many_at_once_is_the_last(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    set(&db, scope, 24).await;
    let jobs = (0..24).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { count_down(&db, scope).await.unwrap() })
    });
    let mut left = futures::future::try_join_all(jobs).await.unwrap();
    left.sort_unstable();
    assert_eq!(left, (0..24).collect::<Vec<_>>());
    assert_fails!(count_down(&db, scope).await, NotFound);
}

async fn a_count_that_is_rolled_back_does_not_count(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    set(&db, scope, 2).await;
    for _ in 0..3 {
        let tx = db.write(scope).await.unwrap();
        assert_eq!(ledger::count_down(&tx, "doc_1").await.unwrap(), 1);
        drop(tx);
    }
    assert_eq!(count_down(&db, scope).await.unwrap(), 1);
    let tx = db.write(scope).await.unwrap();
    assert_eq!(ledger::count_down(&tx, "doc_1").await.unwrap(), 0);
    drop(tx);
    assert_eq!(count_down(&db, scope).await.unwrap(), 0);
}

async fn a_barrier_can_be_set_anew(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let other = tenant(&db, "other-shop").await;
    set(&db, scope, 5).await;
    set(&db, other, 9).await;
    count_down(&db, scope).await.unwrap();
    set(&db, scope, 1).await;
    assert_eq!(count_down(&db, scope).await.unwrap(), 0);
    assert_fails!(count_down(&db, scope).await, NotFound);
    set(&db, scope, 1).await;
    assert_eq!(count_down(&db, scope).await.unwrap(), 0);
    assert_eq!(count_down(&db, other).await.unwrap(), 8);
}
