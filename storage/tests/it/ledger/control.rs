//! Calling jobs off and trying them again.

use std::{collections::HashSet, time::Duration};

use wafaa_domain::{JobId, JobState, TenantScope};
use wafaa_storage::{
    Database, Result,
    ledger::{self, Cancelled, Job, NewJob},
};

use super::{
    claim, dispatch, dispatch_one, enqueue, expire, job, look, ordered, release, start, succeed,
};
use crate::database::{assert_fails, on_each_database, tenant, write};

on_each_database!(
    a_job_that_has_not_started_is_cancelled_at_once,
    a_running_job_is_asked_to_stop,
    a_finished_job_cannot_be_cancelled,
    all_jobs_of_a_parent_are_cancelled,
    a_dead_or_cancelled_job_may_be_tried_again,
    a_request_to_stop_outlives_a_lost_worker,
);

async fn cancel(db: &Database, scope: TenantScope, id: JobId) -> Result<Cancelled> {
    write(db, scope, async |tx| ledger::cancel(tx, id).await).await
}

async fn retry(db: &Database, scope: TenantScope, id: JobId) -> Result<Job> {
    write(db, scope, async |tx| ledger::retry(tx, id).await).await
}

async fn a_job_that_has_not_started_is_cancelled_at_once(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let dispatched = enqueue(&db, scope, &job()).await;
    let reference = dispatch_one(&db).await;
    let ready = enqueue(&db, scope, &job()).await;
    let waiting = enqueue(&db, scope, &ordered("key")).await;
    for id in [waiting, ready, dispatched] {
        let cancelled = cancel(&db, scope, id).await.unwrap();
        let Cancelled::Now(job) = cancelled else {
            panic!("{cancelled:?}");
        };
        assert_eq!((job.id, job.state), (id, JobState::Cancelled));
        assert!(look(&db, id).await.finished_at.is_some());
        assert_fails!(cancel(&db, scope, id).await, Stale);
    }
    assert!(claim(&db, reference).await.is_none(), "too late");
    assert!(dispatch(&db, 9).await.is_empty());
    assert_fails!(cancel(&db, scope, JobId::new()).await, NotFound);
}

async fn a_running_job_is_asked_to_stop(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    start(&db).await;
    for _ in 0..2 {
        let cancelled = cancel(&db, scope, id).await.unwrap();
        assert!(matches!(cancelled, Cancelled::Requested(told) if told == id));
    }
    let job = look(&db, id).await;
    assert!(job.state == JobState::Running && job.cancel_requested);
}

async fn a_finished_job_cannot_be_cancelled(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let done = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    succeed(&db, scope, run).await.unwrap();
    let dead = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    write(&db, scope, async |tx| ledger::bury(tx, run, "no").await)
        .await
        .unwrap();
    assert_fails!(cancel(&db, scope, done).await, Stale);
    assert_fails!(cancel(&db, scope, dead).await, Stale);
    assert_eq!(look(&db, dead).await.state, JobState::Dead);
}

async fn all_jobs_of_a_parent_are_cancelled(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    let child = NewJob {
        parent: Some("doc_1".into()),
        ..job()
    };
    let done = enqueue(&db, one, &child).await;
    let run = start(&db).await;
    succeed(&db, one, run).await.unwrap();
    let running = enqueue(&db, one, &child).await;
    start(&db).await;
    let ready = enqueue(&db, one, &child).await;
    let others = [
        enqueue(&db, one, &job()).await,
        enqueue(&db, two, &child).await,
    ];
    let cancelled = write(&db, one, async |tx| {
        ledger::cancel_of_parent(tx, "doc_1").await
    });
    let ids: HashSet<_> = cancelled
        .await
        .unwrap()
        .iter()
        .map(|cancelled| match cancelled {
            Cancelled::Now(job) => (job.id, true),
            Cancelled::Requested(id) => (*id, false),
        })
        .collect();
    assert_eq!(ids, HashSet::from([(ready, true), (running, false)]));
    for id in others {
        let other = look(&db, id).await;
        assert!(other.state == JobState::Ready && !other.cancel_requested);
    }
    assert_eq!(look(&db, done).await.state, JobState::Succeeded);
}

async fn a_dead_or_cancelled_job_may_be_tried_again(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    assert_fails!(retry(&db, scope, id).await, Stale);
    let reference = dispatch_one(&db).await;
    cancel(&db, scope, id).await.unwrap();
    let again = retry(&db, scope, id).await.unwrap();
    assert_eq!((again.state, again.attempt), (JobState::Waiting, 0));
    assert!(again.finished_at.is_none() && !again.cancel_requested);
    assert!(claim(&db, reference).await.is_none(), "a void reference");

    let run = start(&db).await;
    assert_fails!(retry(&db, scope, id).await, Stale);
    write(&db, scope, async |tx| ledger::bury(tx, run, "no").await)
        .await
        .unwrap();
    let again = retry(&db, scope, id).await.unwrap();
    assert_eq!((again.attempt, again.progress), (0, 0));
    assert_fails!(succeed(&db, scope, run).await, Stale);
    let run = start(&db).await;
    cancel(&db, scope, id).await.unwrap();
    write(&db, scope, async |tx| ledger::cancelled(tx, run).await)
        .await
        .unwrap();
    retry(&db, scope, id).await.unwrap();
    let run = start(&db).await;
    succeed(&db, scope, run).await.unwrap();
    assert_fails!(retry(&db, scope, JobId::new()).await, NotFound);
}

async fn a_request_to_stop_outlives_a_lost_worker(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    cancel(&db, scope, id).await.unwrap();
    let lost = expire(&db).await;
    assert!(lost[0].job.cancel_requested, "its reconciler must know");
    release(&db, scope, run).await.unwrap();
    let run = start(&db).await;
    write(&db, scope, async |tx| {
        assert_fails!(ledger::succeed(tx, run).await, Stale);
        let again = ledger::reschedule(tx, run, Duration::ZERO, "busy").await;
        assert_fails!(again, Stale);
        let later = ledger::snooze(tx, run, Duration::ZERO, "busy").await;
        assert_fails!(later, Stale);
        ledger::cancelled(tx, run).await
    })
    .await
    .unwrap();
    assert_eq!(look(&db, id).await.state, JobState::Cancelled);
}
