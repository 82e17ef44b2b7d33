//! Who waits for whom.

use std::time::{Duration, Instant};

use tokio::time;
use wafaa_domain::{JobState, Lane};

use crate::{
    engine::{TestEngine, lane},
    kind::{Act::Gate, Bulk, Quick, Task, Work},
};

pub(crate) async fn a_flood_delays_nobody_else(engine: &mut TestEngine) {
    let (greedy, modest) = (engine.tenant().await, engine.tenant().await);
    let flood: Vec<Work> = (0..500)
        .map(|job| Work(Task::new(job.to_string(), &[])))
        .collect();
    engine.enqueue_all(&greedy, &flood).await;
    let id = engine
        .enqueue(&modest, &Work(Task::new("single", &[])))
        .await;
    engine
        .start_with(|settings| lane(settings, Lane::Insight, 4, 4))
        .await;
    engine.settled().await;
    let started = engine.job(id).await.started_at;
    let jobs = engine.jobs().await;
    let before = jobs.iter().filter(|job| job.started_at < started).count();
    // Its turn comes in the first batch, and the worker may take the greedy tenant's half of it first.
    assert!(before <= 20, "{before} jobs of another tenant went first");
}

pub(crate) async fn a_full_lane_delays_no_other(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let held = |job: usize| Bulk(Task::new(job.to_string(), &[Gate]));
    engine.enqueue(&tenant, &held(0)).await;
    engine.probe(&tenant).seen("begin 0", 1).await;
    let bulk: Vec<Bulk> = (1..50).map(held).collect();
    engine.enqueue_all(&tenant, &bulk).await;
    let id = engine
        .enqueue(&tenant, &Quick(Task::new("reply", &[])))
        .await;
    engine.reaches(id, JobState::Succeeded).await;
    assert_eq!(engine.effects(&tenant).await, ["reply"]);
    engine.probe(&tenant).open();
    engine.settled().await;
    assert_eq!(engine.effects(&tenant).await.len(), 51);
}

pub(crate) async fn a_tenant_stays_within_its_cap(engine: &mut TestEngine) {
    let (capped, other) = (engine.tenant().await, engine.tenant().await);
    engine.start_with(|settings| settings.tenant_cap = 2).await;
    let held: Vec<Work> = (0..4)
        .map(|job| Work(Task::new(job.to_string(), &[Gate])))
        .collect();
    engine.enqueue_all(&capped, &held).await;
    for job in ["begin 0", "begin 1"] {
        engine.probe(&capped).seen(job, 1).await;
    }
    // Its places are taken, others are not.
    for job in 0..10 {
        let id = engine
            .enqueue(&other, &Work(Task::new(job.to_string(), &[])))
            .await;
        engine.reaches(id, JobState::Succeeded).await;
    }
    assert_eq!(
        engine.probe(&capped).log().len(),
        2,
        "more jobs began than the cap allows"
    );
    engine.probe(&capped).open();
    engine.settled().await;
    assert_eq!(engine.effects(&capped).await.len(), 4);
}

/// Long jobs in a lane that fetches several references at once: none may be stuck behind one.
pub(crate) async fn a_long_job_holds_back_nothing_but_its_place(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine
        .start_with(|settings| lane(settings, Lane::Insight, 2, 8))
        .await;
    engine
        .enqueue(&tenant, &Work(Task::new("long", &[Gate])))
        .await;
    engine.probe(&tenant).seen("begin long", 1).await;
    let short: Vec<Work> = (0..100)
        .map(|job| Work(Task::new(job.to_string(), &[])))
        .collect();
    engine.enqueue_all(&tenant, &short).await;
    engine
        .until("the short jobs", async || {
            (engine.unfinished().await == 1).then_some(())
        })
        .await;
    engine.probe(&tenant).open();
    engine.settled().await;
}

/// A reference behind a long job is found as soon as there is a place, however long that takes.
pub(crate) async fn a_reference_waits_as_long_as_it_takes(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine
        .start_with(|settings| lane(settings, Lane::Ingest, 1, 1))
        .await;
    let probe = engine.probe(&tenant);
    engine
        .enqueue(&tenant, &Bulk(Task::new("long", &[Gate])))
        .await;
    probe.seen("begin long", 1).await;
    let id = engine.enqueue(&tenant, &Bulk(Task::new("next", &[]))).await;
    // Longer than the transport looks out for it: the time itself is what is tested.
    time::sleep(Duration::from_secs(7)).await;
    assert_eq!(engine.job(id).await.state, JobState::Dispatched);
    probe.open();
    let opened = Instant::now();
    engine.reaches(id, JobState::Succeeded).await;
    let waited = opened.elapsed();
    assert!(waited < Duration::from_secs(10), "it took {waited:?}");
}
