//! Adding jobs, in the transaction of what calls for them.

use chrono::{TimeDelta, Timelike as _, Utc};
use serde_json::json;
use wafaa_domain::{JobState, Lane, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, NewJob},
};

use super::{enqueue, job, look, ordered, start, succeed};
use crate::database::{assert_fails, on_each_database, read, tenant, write};

on_each_database!(
    a_job_reads_back_as_it_was_enqueued,
    only_a_job_that_is_due_and_unordered_is_ready_at_once,
    a_rollback_leaves_no_job,
    a_dedupe_key_is_enqueued_once_in_each_tenant,
    of_many_with_one_dedupe_key_at_once_one_is_enqueued,
    several_are_enqueued_by_one_statement,
);

fn deduped(key: &str) -> NewJob {
    NewJob {
        dedupe_key: Some(key.into()),
        ..job()
    }
}

async fn jobs(db: &Database, scope: TenantScope) -> usize {
    let page = read(db, scope, async |tx| {
        ledger::list(tx, &ledger::Filter::default(), None, 99).await
    });
    page.await.unwrap().rows.len()
}

async fn a_job_reads_back_as_it_was_enqueued(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let due = (Utc::now() + TimeDelta::hours(1))
        .with_nanosecond(0)
        .unwrap();
    let new = NewJob {
        kind: "respond",
        lane: Lane::Reply,
        payload: json!({ "conversation": "conv_1" }),
        max_attempts: 7,
        priority: -3,
        dedupe_key: Some("once".into()),
        order_key: Some("conv_1".into()),
        parent: Some("msg_1".into()),
        run_at: Some(due),
        trace_id: Some("trace".into()),
    };
    let id = enqueue(&db, scope, &new).await;
    let found = read(&db, scope, async |tx| ledger::get(tx, id).await);
    let found = found.await.unwrap();
    assert_eq!(
        (found.id, found.tenant, found.kind.as_str(), found.lane),
        (id, scope.tenant(), new.kind, new.lane)
    );
    assert_eq!(
        (found.payload, found.max_attempts, found.priority),
        (new.payload, 7, -3)
    );
    assert_eq!(
        (found.dedupe_key, found.order_key, found.parent),
        (new.dedupe_key, new.order_key, new.parent)
    );
    assert_eq!((found.trace_id, found.run_at), (new.trace_id, due));
    assert_eq!(
        (found.state, found.attempt, found.progress),
        (JobState::Waiting, 0, 0)
    );
    assert!(!found.cancel_requested && found.worker.is_none() && found.last_error.is_none());
    assert_eq!((found.started_at, found.finished_at), (None, None));
    assert!((Utc::now() - found.created_at) < TimeDelta::minutes(1));
}

async fn only_a_job_that_is_due_and_unordered_is_ready_at_once(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let at = |delta: TimeDelta| NewJob {
        run_at: Some(Utc::now() + delta),
        ..job()
    };
    for (new, state) in [
        (job(), JobState::Ready),
        (at(TimeDelta::hours(-1)), JobState::Ready),
        (at(TimeDelta::hours(1)), JobState::Waiting),
        (ordered("key"), JobState::Waiting),
    ] {
        let id = enqueue(&db, scope, &new).await;
        assert_eq!(look(&db, id).await.state, state, "{new:?}");
    }
}

async fn a_rollback_leaves_no_job(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let tx = db.write(scope).await.unwrap();
    let lost = ledger::enqueue(&tx, &deduped("once")).await.unwrap();
    ledger::get(&tx, lost).await.unwrap();
    drop(tx);
    let found = read(&db, scope, async |tx| ledger::get(tx, lost).await);
    assert_fails!(found.await, NotFound);
    let kept = enqueue(&db, scope, &deduped("once")).await;
    assert_ne!(kept, lost, "the lost one doesn't stand in the way");
    assert_eq!(jobs(&db, scope).await, 1);
}

async fn a_dedupe_key_is_enqueued_once_in_each_tenant(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    let first = enqueue(&db, one, &deduped("once")).await;
    assert_eq!(enqueue(&db, one, &deduped("once")).await, first);
    assert_ne!(enqueue(&db, one, &deduped("twice")).await, first);
    assert_eq!(jobs(&db, one).await, 2);
    enqueue(&db, one, &job()).await;
    enqueue(&db, one, &job()).await;
    assert_eq!(jobs(&db, one).await, 4, "no key is no reason");

    let theirs = enqueue(&db, two, &deduped("other")).await;
    assert_ne!(enqueue(&db, two, &deduped("once")).await, first);
    assert_eq!(enqueue(&db, two, &deduped("other")).await, theirs);
}

async fn several_are_enqueued_by_one_statement(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    enqueue(&db, scope, &deduped("once")).await;
    let several = [ordered("key"), deduped("once"), deduped("twice")];
    write(&db, scope, async |tx| {
        ledger::enqueue_all(tx, &several).await
    })
    .await
    .unwrap();
    write(&db, scope, async |tx| ledger::enqueue_all(tx, &[]).await)
        .await
        .unwrap();
    let page = read(&db, scope, async |tx| {
        ledger::list(tx, &ledger::Filter::default(), None, 99).await
    });
    let mut keys: Vec<_> = page.await.unwrap().rows;
    keys.reverse();
    let keys = keys.iter().map(|job| {
        let key = job.dedupe_key.as_deref().or(job.order_key.as_deref());
        (key.unwrap_or_default(), job.state)
    });
    let expected = [
        ("once", JobState::Ready),
        ("key", JobState::Waiting),
        ("twice", JobState::Ready),
    ];
    assert!(keys.eq(expected));
}

async fn of_many_with_one_dedupe_key_at_once_one_is_enqueued(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let tasks = (0..8).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { enqueue(&db, scope, &deduped("once")).await })
    });
    let ids = futures::future::try_join_all(tasks).await.unwrap();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(jobs(&db, scope).await, 1);
    let claim = start(&db).await;
    succeed(&db, scope, claim).await.unwrap();
    assert_eq!(
        enqueue(&db, scope, &deduped("once")).await,
        ids[0],
        "it is not done twice either"
    );
}
