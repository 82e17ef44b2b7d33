//! What a run comes to.

use std::time::Duration;

use serde_json::json;
use wafaa_domain::{JobState, Lane};
use wafaa_jobs::{EventKind, control};
use wafaa_storage::ledger::{self, NewJob};

use crate::{
    engine::TestEngine,
    kind::{
        Act::{Dead, Gate, Hang, Panic, Retry, RetryAfter, Snooze, Succeed},
        Hasty, Task, Work,
    },
};

pub(crate) async fn every_job_runs_exactly_once(engine: &mut TestEngine) {
    let tenants = [
        engine.tenant().await,
        engine.tenant().await,
        engine.tenant().await,
    ];
    engine.start().await;
    let name = |job: usize| format!("{job:04}");
    for (tenant, jobs) in tenants.iter().zip([500, 300, 200]) {
        let jobs: Vec<Work> = (0..jobs)
            .map(|job| Work(Task::new(name(job), &[])))
            .collect();
        engine.enqueue_all(tenant, &jobs).await;
    }
    engine.settled().await;
    for (tenant, jobs) in tenants.iter().zip([500, 300, 200]) {
        let wanted: Vec<String> = (0..jobs).map(name).collect();
        assert_eq!(engine.effects(tenant).await, wanted);
    }
    let jobs = engine.jobs().await;
    assert_eq!(jobs.len(), 1_000);
    assert!(
        jobs.iter()
            .all(|job| job.state == JobState::Succeeded && job.attempt == 1)
    );
}

pub(crate) async fn failures_are_retried_until_attempts_run_out(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Retry])))
        .await;
    let job = engine.reaches(id, JobState::Dead).await;
    assert_eq!(job.attempt, 3);
    assert_eq!(job.last_error.as_deref(), Some("told to fail"));
    assert!(job.run_at > job.created_at, "the last attempt was put off");
    assert!(
        job.started_at.unwrap() >= job.run_at,
        "the last attempt came too early"
    );
    assert_eq!(engine.probe(&tenant).count("begin a"), 3);
    assert_eq!(engine.ends(&tenant).await, ["a"]);
    assert!(engine.effects(&tenant).await.is_empty());
}

pub(crate) async fn a_refusal_says_when_to_come_back(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let task = Task::new("a", &[RetryAfter(700), RetryAfter(0), Succeed]);
    let id = engine.enqueue(&tenant, &Work(task)).await;
    let job = engine.reaches(id, JobState::Succeeded).await;
    assert_eq!((job.attempt, job.last_error), (3, None));
    let begun = engine.probe(&tenant).times("begin a");
    assert!(begun[1] - begun[0] >= Duration::from_millis(700));
    assert_eq!(engine.effects(&tenant).await, ["a"]);
}

pub(crate) async fn a_snooze_costs_no_attempt(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let script = [Snooze(10), Snooze(10), Snooze(10), Snooze(10), Succeed];
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &script)))
        .await;
    let job = engine.reaches(id, JobState::Succeeded).await;
    assert_eq!(job.attempt, 1);
    assert_eq!(engine.probe(&tenant).count("begin a"), 5);
    assert_eq!(engine.effects(&tenant).await, ["a"]);
}

pub(crate) async fn a_hopeless_job_dies_at_once(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Dead])))
        .await;
    let job = engine.reaches(id, JobState::Dead).await;
    assert_eq!(job.attempt, 1);
    assert_eq!(job.last_error.as_deref(), Some("hopeless: told to die"));
    assert_eq!(engine.ends(&tenant).await, ["a"]);
}

pub(crate) async fn a_panic_is_a_failed_attempt(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let mut events = engine.listen();
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Panic, Succeed])))
        .await;
    let seen = events.of(id, 2).await;
    assert_eq!(seen[1].event, EventKind::Rescheduled);
    assert_eq!(
        seen[1].error.as_deref(),
        Some("the job panicked: told to panic")
    );
    assert_eq!(engine.reaches(id, JobState::Succeeded).await.attempt, 2);
    assert_eq!(engine.effects(&tenant).await, ["a"]);
}

pub(crate) async fn an_overlong_run_is_a_failed_attempt(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let mut events = engine.listen();
    let id = engine
        .enqueue(&tenant, &Hasty(Task::new("a", &[Hang, Succeed])))
        .await;
    let seen = events.of(id, 2).await;
    assert_eq!(seen[1].event, EventKind::Rescheduled);
    assert_eq!(
        seen[1].error.as_deref(),
        Some("the job took longer than 300ms")
    );
    // On a busy machine the second run may be too slow as well, but not the third one too.
    assert!(engine.reaches(id, JobState::Succeeded).await.attempt >= 2);
    assert_eq!(engine.effects(&tenant).await, ["a"]);
}

pub(crate) async fn an_unreadable_payload_is_dead(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let tx = engine.services.db.write(tenant).await.unwrap();
    let job = NewJob {
        payload: json!({ "from": "another version" }),
        ..new_job("test_work")
    };
    let id = ledger::enqueue(&tx, &job).await.unwrap();
    tx.commit().await.unwrap();
    engine.handle().wake();
    let error = engine.reaches(id, JobState::Dead).await.last_error.unwrap();
    assert!(error.starts_with("unreadable_payload: "), "{error}");
}

/// A newer version may have enqueued it, whose worker will know it.
pub(crate) async fn an_unknown_kind_is_put_off(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let mut events = engine.listen();
    let tx = engine.services.db.write(tenant).await.unwrap();
    let id = ledger::enqueue(&tx, &new_job("from_the_future"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    engine.handle().wake();
    assert_eq!(
        events.kinds(id, 2).await,
        [EventKind::Started, EventKind::Rescheduled]
    );
    let job = engine.job(id).await;
    assert_eq!((job.state, job.attempt), (JobState::Waiting, 0));
    assert!(job.last_error.unwrap().contains("`from_the_future`"));
    assert!(job.run_at > chrono::Utc::now());
    engine.cancel(&tenant, id).await;
}

pub(crate) async fn every_change_is_an_event(engine: &mut TestEngine) {
    use EventKind::{Cancelled, Dead as Died, Rescheduled, Retried, Started, Succeeded};
    let tenant = engine.tenant().await;
    engine.start().await;
    let mut events = engine.listen();
    let task = Task::new("a", &[RetryAfter(0), Dead, Gate, Succeed]).of("doc_1");
    let id = engine.enqueue(&tenant, &Work(task)).await;
    let seen = events.of(id, 4).await;
    let kinds: Vec<EventKind> = seen.iter().map(|event| event.event).collect();
    assert_eq!(kinds, [Started, Rescheduled, Started, Died]);
    let died = &seen[3];
    assert_eq!(
        (died.tenant_id, died.attempt, died.lane),
        (tenant.tenant(), 2, Lane::Insight)
    );
    assert_eq!(
        (died.kind.as_str(), died.parent.as_deref()),
        ("test_work", Some("doc_1"))
    );
    assert_eq!(died.error.as_deref(), Some("told to die"));

    let retried = control::retry(&engine.services.db, engine.handle(), &tenant, id);
    assert_eq!(retried.await.unwrap().attempt, 0);
    assert_eq!(events.kinds(id, 2).await, [Retried, Started]);
    engine.probe(&tenant).seen("begin a", 3).await;
    engine.cancel(&tenant, id).await;
    assert_eq!(events.kinds(id, 1).await, [Cancelled]);

    let retried = control::retry(&engine.services.db, engine.handle(), &tenant, id);
    retried.await.unwrap();
    assert_eq!(events.kinds(id, 3).await, [Retried, Started, Succeeded]);
}

pub(crate) async fn a_dedupe_key_admits_one_job(engine: &mut TestEngine) {
    let (tenant, other) = (engine.tenant().await, engine.tenant().await);
    engine.start().await;
    let job = || Work(Task::new("a", &[]).once("once"));
    let id = engine.enqueue(&tenant, &job()).await;
    assert_eq!(engine.enqueue(&tenant, &job()).await, id);
    engine.reaches(id, JobState::Succeeded).await;
    assert_eq!(
        engine.enqueue(&tenant, &job()).await,
        id,
        "not even after its end"
    );
    assert_ne!(
        engine.enqueue(&other, &job()).await,
        id,
        "another tenant's key is another key"
    );
    engine.settled().await;
    assert_eq!(engine.effects(&tenant).await, ["a"]);
    assert_eq!(engine.effects(&other).await, ["a"]);
}

fn new_job(kind: &'static str) -> NewJob {
    NewJob {
        kind,
        lane: Lane::Insight,
        payload: json!({}),
        max_attempts: 3,
        priority: 0,
        dedupe_key: None,
        order_key: None,
        parent: None,
        run_at: None,
        trace_id: None,
    }
}
