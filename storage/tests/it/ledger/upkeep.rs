//! What became of jobs whose worker is gone, and the forgetting of old ones.

use chrono::Utc;
use wafaa_domain::{JobId, JobState, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, NewJob},
};

use super::{
    claim, dispatch, dispatch_one, enqueue, expire, expired, heartbeat, job, look, release, start,
    succeed,
};
use crate::database::{assert_fails, on_each_database, system, tenant, write};

on_each_database!(
    nothing_expires_before_its_time,
    a_lost_run_counts_as_an_attempt,
    a_lost_dispatch_does_not_count,
    a_worker_that_comes_back_keeps_its_job,
    a_process_that_is_alone_ends_every_lease,
    only_what_finished_long_ago_is_purged,
    purging_goes_by_batches,
);

async fn purge(db: &Database, cutoff: i64) -> u64 {
    write(db, system(), async |tx| ledger::purge(tx, cutoff).await)
        .await
        .unwrap()
}

/// A time that everything so far is older than.
fn soon() -> i64 {
    Utc::now().timestamp_millis() + 1_000
}

async fn nothing_expires_before_its_time(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    enqueue(&db, scope, &job()).await;
    let reference = dispatch_one(&db).await;
    assert!(expired(&db).await.is_empty());
    assert_fails!(release(&db, scope, run).await, Stale);
    assert_fails!(release(&db, scope, reference).await, Stale);
    assert_eq!(look(&db, run.job).await.state, JobState::Running);
    assert_eq!(look(&db, reference.job).await.state, JobState::Dispatched);
}

async fn a_lost_run_counts_as_an_attempt(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    let lost = expire(&db).await;
    assert_eq!((lost.len(), lost[0].claim), (1, run));
    assert_eq!(
        (lost[0].job.id, lost[0].job.state, lost[0].job.attempt),
        (id, JobState::Running, 1)
    );
    release(&db, scope, run).await.unwrap();
    let back = look(&db, id).await;
    assert_eq!((back.state, back.attempt), (JobState::Ready, 1));
    assert!(back.last_error.unwrap().contains("worker stopped"));
    assert!(expired(&db).await.is_empty());
    assert_fails!(release(&db, scope, run).await, Stale);
    let run = dispatch_one(&db).await;
    assert_eq!(claim(&db, run).await.unwrap().attempt, 2);
}

async fn a_lost_dispatch_does_not_count(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let reference = dispatch_one(&db).await;
    let lost = expire(&db).await;
    assert_eq!((lost[0].claim, lost[0].job.attempt), (reference, 0));
    release(&db, scope, reference).await.unwrap();
    let back = look(&db, id).await;
    assert_eq!(
        (back.state, back.attempt, back.last_error),
        (JobState::Ready, 0, None)
    );
    assert!(claim(&db, reference).await.is_none());
    assert_eq!(start(&db).await.job, id);
}

async fn a_worker_that_comes_back_keeps_its_job(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    assert_eq!(expire(&db).await.len(), 1);
    let beat = heartbeat(&db, run).await;
    assert_eq!(beat, Some(ledger::Heartbeat::Renewed));
    assert_fails!(release(&db, scope, run).await, Stale);
    succeed(&db, scope, run).await.unwrap();
}

async fn a_process_that_is_alone_ends_every_lease(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    for scope in [one, one, two] {
        enqueue(&db, scope, &job()).await;
    }
    let mut references = dispatch(&db, 9).await;
    claim(&db, references[0]).await.unwrap();
    enqueue(&db, two, &job()).await;
    let ended = write(&db, system(), async |tx| ledger::release_all(tx).await);
    assert_eq!(ended.await.unwrap(), 3, "the ready one has no lease");
    let mut found: Vec<_> = expired(&db).await.iter().map(|lost| lost.claim).collect();
    found.sort_by_key(|claim| claim.job);
    references.sort_by_key(|claim| claim.job);
    assert_eq!(found, references);
}

async fn only_what_finished_long_ago_is_purged(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let ended = ended(&db, scope).await;
    let waiting = NewJob {
        order_key: Some("key".into()),
        ..job()
    };
    let waiting = enqueue(&db, scope, &waiting).await;
    let running = enqueue(&db, scope, &job()).await;
    for reference in dispatch(&db, 9).await {
        claim(&db, reference).await.unwrap();
    }
    let hour = 3_600_000;
    assert_eq!(purge(&db, soon() - hour).await, 0);
    assert_eq!(purge(&db, soon()).await, 3);
    for id in ended {
        let found = write(&db, scope, async |tx| ledger::get(tx, id).await);
        assert_fails!(found.await, NotFound);
    }
    for id in [waiting, running] {
        assert_eq!(look(&db, id).await.state, JobState::Running);
    }
}

/// A job that succeeded, one that is dead and one that was cancelled.
async fn ended(db: &Database, scope: TenantScope) -> [JobId; 3] {
    let done = enqueue(db, scope, &job()).await;
    let run = start(db).await;
    succeed(db, scope, run).await.unwrap();
    let dead = enqueue(db, scope, &job()).await;
    let run = start(db).await;
    let cancelled = enqueue(db, scope, &job()).await;
    write(db, scope, async |tx| {
        ledger::bury(tx, run, "no").await?;
        ledger::cancel(tx, cancelled).await
    })
    .await
    .unwrap();
    [done, dead, cancelled]
}

async fn purging_goes_by_batches(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let child = NewJob {
        parent: Some("doc_1".into()),
        ..job()
    };
    write(&db, scope, async |tx| {
        for _ in 0..501 {
            ledger::enqueue(tx, &child).await?;
        }
        ledger::cancel_of_parent(tx, "doc_1").await
    })
    .await
    .unwrap();
    assert_eq!(
        [
            purge(&db, soon()).await,
            purge(&db, soon()).await,
            purge(&db, soon()).await
        ],
        [500, 1, 0]
    );
}
