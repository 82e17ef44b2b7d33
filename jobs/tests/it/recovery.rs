//! Lost references, lost workers, and stopping.

use std::time::{Duration, Instant};

use wafaa_domain::{JobState, Lane};
use wafaa_jobs::{EventKind, Registry};
use wafaa_storage::ledger;

use crate::{
    engine::{TestEngine, system},
    kind::{
        Act::{Block, Gate, Hang, Succeed},
        Quick, Task, Work,
    },
    probe::PATIENCE,
};

/// Far below the leases of these tests.
const AT_ONCE: Duration = Duration::from_secs(20);

/// The ledger says that it was dispatched, but no transport has it.
pub(crate) async fn a_lost_reference_is_sent_again(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    // Dispatches another lane, and reconciles every one.
    engine
        .start_for(Registry::new().with::<Quick>(), |_| {})
        .await;
    let mut events = engine.listen();
    let id = engine.enqueue(&tenant, &Work(Task::new("a", &[]))).await;
    let tx = engine.services.db.write(system()).await.unwrap();
    let lease = Duration::from_millis(100);
    let lost = ledger::dispatch(
        &tx,
        Lane::Insight,
        &[tenant.tenant()],
        10,
        |_| 10,
        None,
        lease,
    )
    .await
    .unwrap()
    .0;
    assert_eq!(lost.len(), 1);
    tx.commit().await.unwrap();
    assert_eq!(events.kinds(id, 1).await, [EventKind::Rescheduled]);
    let job = engine.job(id).await;
    assert_eq!((job.state, job.attempt), (JobState::Ready, 0));
    engine.stop().await;
    engine.start().await;
    engine.settled().await;
    assert_eq!(engine.effects(&tenant).await, ["a"]);
    assert_eq!(engine.job(id).await.attempt, 1);
}

/// Both the jobs that ran and those whose references went down with the queue.
pub(crate) async fn a_lost_workers_job_runs_again_at_once(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let held = |job: usize| Work(Task::new(format!("{job:02}"), &[Gate]));
    let first = engine.enqueue(&tenant, &held(0)).await;
    let mortal = engine.start_mortal().await;
    let probe = engine.probe(&tenant);
    probe.seen("begin 00", 1).await;
    let others: Vec<Work> = (1..30).map(held).collect();
    engine.enqueue_all(&tenant, &others).await;
    // Seven more fill the lane, so references of the rest are on their way.
    probe.reaches(8).await;
    mortal.kill().await;
    probe.open();
    let begun = Instant::now();
    engine.start().await;
    engine.settled().await;
    assert!(begun.elapsed() < AT_ONCE, "it took {:?}", begun.elapsed());
    assert_eq!(engine.job(first).await.attempt, 2);
    let attempts: i32 = engine.jobs().await.iter().map(|job| job.attempt).sum();
    assert_eq!(attempts, 30 + 8, "only what had begun was an attempt");
    assert_eq!(probe.count("begin 00"), 2);
    let wanted: Vec<String> = (0..30).map(|job| format!("{job:02}")).collect();
    assert_eq!(engine.effects(&tenant).await, wanted);
}

pub(crate) async fn a_worker_lost_time_and_again_buries_its_job(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Hang])))
        .await;
    for run in 1..=3 {
        let mortal = engine.start_mortal().await;
        engine.probe(&tenant).seen("begin a", run).await;
        mortal.kill().await;
    }
    engine.start().await;
    let job = engine.reaches(id, JobState::Dead).await;
    assert_eq!(job.attempt, 3);
    assert_eq!(engine.ends(&tenant).await, ["a"]);
    assert_eq!(engine.probe(&tenant).count("begin a"), 3);
}

/// A run that was deaf for longer than its lease has lost the job to another run.
pub(crate) async fn a_zombie_commits_nothing(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine
        .start_with(|settings| settings.lease = Duration::from_millis(500))
        .await;
    let probe = engine.probe(&tenant);
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Block, Succeed])))
        .await;
    let job = engine.reaches(id, JobState::Succeeded).await;
    assert!(job.attempt >= 2);
    assert_eq!(probe.count("refused a"), 0);
    probe.open();
    probe.seen("refused a", 1).await;
    assert_eq!(probe.count("end a"), 1);
    assert_eq!(engine.effects(&tenant).await, ["a"]);
    assert!(engine.ends(&tenant).await.is_empty());
    assert_eq!(engine.job(id).await.state, JobState::Succeeded);
}

pub(crate) async fn stopping_lets_running_jobs_end(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let probe = engine.probe(&tenant);
    let running = engine
        .enqueue(&tenant, &Work(Task::new("running", &[Gate])))
        .await;
    probe.seen("begin running", 1).await;
    let mut stopping = Box::pin(engine.take().stop());
    assert!(
        futures::poll!(&mut stopping).is_pending(),
        "a job is still running"
    );
    probe.open();
    stopping.await;
    assert_eq!(engine.job(running).await.state, JobState::Succeeded);
    assert_eq!(engine.effects(&tenant).await, ["running"]);
    // What comes later is for the next engine.
    let later = engine
        .enqueue(&tenant, &Work(Task::new("later", &[])))
        .await;
    assert_eq!(engine.job(later).await.state, JobState::Ready);
    engine.start().await;
    engine.settled().await;
    assert_eq!(engine.effects(&tenant).await, ["later", "running"]);
}

pub(crate) async fn stopping_waits_no_longer_than_its_grace(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine
        .start_with(|settings| settings.grace = Duration::from_millis(200))
        .await;
    let id = engine
        .enqueue(&tenant, &Work(Task::new("a", &[Hang, Succeed])))
        .await;
    engine.probe(&tenant).seen("begin a", 1).await;
    let stopping = Instant::now();
    engine.stop().await;
    assert!(
        stopping.elapsed() < PATIENCE / 2,
        "it took {:?}",
        stopping.elapsed()
    );
    assert_eq!(engine.job(id).await.state, JobState::Running);
    engine.start().await;
    engine.settled().await;
    assert_eq!(engine.job(id).await.attempt, 2);
    assert_eq!(engine.effects(&tenant).await, ["a"]);
}
