//! Calling jobs off.

use std::time::{Duration, Instant};

use wafaa_domain::JobState;
use wafaa_jobs::{EventKind, control};

use crate::{
    engine::TestEngine,
    kind::{
        Act::{Gate, Hang, Stubborn},
        Bulk, Task, Work,
    },
};

/// Far below the lease, whose heartbeats would notice in the end.
const PROMPT: Duration = Duration::from_secs(5);

pub(crate) async fn before_its_time(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let task = Task::new("a", &[]).later(Duration::from_secs(3_600));
    let id = engine.enqueue(&tenant, &Work(task)).await;
    engine.cancel(&tenant, id).await;
    assert_eq!(engine.job(id).await.state, JobState::Cancelled);
    assert_eq!(engine.ends(&tenant).await, ["a"]);
    let again = control::cancel(&engine.services.db, engine.handle(), &tenant, id).await;
    assert!(matches!(again, Err(wafaa_storage::Error::Stale)));
    assert_eq!(engine.ends(&tenant).await, ["a"]);
}

pub(crate) async fn behind_another(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine
        .start_with(|settings| crate::engine::lane(settings, wafaa_domain::Lane::Ingest, 1, 1))
        .await;
    let probe = engine.probe(&tenant);
    engine
        .enqueue(&tenant, &Bulk(Task::new("first", &[Gate])))
        .await;
    probe.seen("begin first", 1).await;
    let jobs = ["b", "c"].map(|name| Bulk(Task::new(name, &[])));
    for id in engine.enqueue_all(&tenant, &jobs).await {
        engine.cancel(&tenant, id).await;
        assert_eq!(engine.job(id).await.state, JobState::Cancelled);
    }
    engine.enqueue(&tenant, &Bulk(Task::new("last", &[]))).await;
    probe.open();
    engine.settled().await;
    assert_eq!(engine.effects(&tenant).await, ["first", "last"]);
    assert_eq!(engine.ends(&tenant).await, ["b", "c"]);
    assert_eq!(probe.count("begin b") + probe.count("begin c"), 0);
}

pub(crate) async fn while_it_runs(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Hang])))
        .await;
    engine.probe(&tenant).seen("begin a", 1).await;
    let called_off = Instant::now();
    engine.cancel(&tenant, id).await;
    engine.reaches(id, JobState::Cancelled).await;
    assert!(
        called_off.elapsed() < PROMPT,
        "it took {:?}",
        called_off.elapsed()
    );
    assert_eq!(engine.ends(&tenant).await, ["a"]);
    assert!(engine.effects(&tenant).await.is_empty());
}

/// The claim is committed before the run has begun; nobody who calls it off in between may be overheard.
pub(crate) async fn as_soon_as_it_has_started(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let mut events = engine.listen();
    for job in 0..30 {
        let id = engine
            .enqueue(&tenant, &Work(Task::new(job.to_string(), &[Hang])))
            .await;
        assert_eq!(events.kinds(id, 1).await, [EventKind::Started]);
        let called_off = Instant::now();
        engine.cancel(&tenant, id).await;
        assert_eq!(events.kinds(id, 1).await, [EventKind::Cancelled]);
        assert!(
            called_off.elapsed() < PROMPT,
            "it took {:?}",
            called_off.elapsed()
        );
    }
    assert_eq!(engine.ends(&tenant).await.len(), 30);
}

/// A run that answers with a failure is not tried again.
pub(crate) async fn while_it_fails(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Stubborn])))
        .await;
    engine.probe(&tenant).seen("begin a", 1).await;
    let mut events = engine.listen();
    engine.cancel(&tenant, id).await;
    assert_eq!(events.kinds(id, 1).await, [EventKind::Cancelled]);
    assert_eq!(engine.job(id).await.state, JobState::Cancelled);
    assert_eq!(engine.probe(&tenant).count("begin a"), 1);
    assert_eq!(engine.ends(&tenant).await, ["a"]);
}

pub(crate) async fn everything_of_a_parent(engine: &mut TestEngine) {
    let (tenant, other) = (engine.tenant().await, engine.tenant().await);
    engine.start().await;
    let later = Duration::from_secs(3_600);
    let jobs = [
        Work(Task::new("running", &[Hang]).of("doc_1")),
        Work(Task::new("waiting", &[]).of("doc_1").later(later)),
        Work(Task::new("of another", &[Gate]).of("doc_2")),
    ];
    engine.enqueue_all(&tenant, &jobs).await;
    engine
        .enqueue(
            &other,
            &Work(Task::new("of another tenant", &[Gate]).of("doc_1")),
        )
        .await;
    engine.probe(&tenant).seen("begin running", 1).await;
    let tx = engine.services.db.write(tenant).await.unwrap();
    let cancelled = control::cancel_of_parent(engine.handle(), &tx, "doc_1")
        .await
        .unwrap();
    assert_eq!(cancelled.len(), 2);
    tx.commit().await.unwrap();
    control::announce(engine.handle(), cancelled);
    engine.probe(&tenant).open();
    engine.probe(&other).open();
    engine.settled().await;
    assert_eq!(engine.ends(&tenant).await, ["running", "waiting"]);
    assert_eq!(engine.effects(&tenant).await, ["of another"]);
    assert_eq!(engine.effects(&other).await, ["of another tenant"]);
}
