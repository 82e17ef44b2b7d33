//! Jobs with the same order key.

use wafaa_domain::JobState;
use wafaa_jobs::control;

use crate::{
    engine::TestEngine,
    kind::{
        Act::{Dead, Gate, RetryAfter, Succeed},
        Task, Work,
    },
};

pub(crate) async fn one_after_the_other_and_keys_side_by_side(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let other = engine.tenant().await;
    engine.start().await;
    let of_key = |key: &'static str, first: &[crate::kind::Act]| {
        let first = Work(Task::new(format!("{key}0"), first).ordered(key));
        let others = (1..10).map(|job| Work(Task::new(format!("{key}{job}"), &[]).ordered(key)));
        std::iter::once(first).chain(others).collect::<Vec<_>>()
    };
    engine.enqueue_all(&tenant, &of_key("held", &[Gate])).await;
    engine.enqueue_all(&tenant, &of_key("free", &[])).await;
    engine.enqueue_all(&other, &of_key("held", &[])).await;
    let probe = engine.probe(&tenant);
    // All of another key, and the same key of another tenant, run while the first is held.
    probe.seen("end free9", 1).await;
    engine.probe(&other).seen("end held9", 1).await;
    assert_eq!(probe.count("begin held0"), 1);
    assert_eq!(probe.count("begin held1"), 0);
    probe.open();
    engine.settled().await;
    for key in ["held", "free"] {
        let wanted: Vec<String> = (0..10)
            .flat_map(|job| [format!("begin {key}{job}"), format!("end {key}{job}")])
            .collect();
        let log = probe.log();
        let of_key: Vec<&String> = log.iter().filter(|entry| entry.contains(key)).collect();
        assert_eq!(of_key, wanted.iter().collect::<Vec<_>>());
    }
}

pub(crate) async fn a_failing_job_holds_its_key(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let jobs = [
        Work(Task::new("a", &[RetryAfter(50), RetryAfter(0), Succeed]).ordered("key")),
        Work(Task::new("b", &[Dead]).ordered("key")),
        Work(Task::new("c", &[]).ordered("key")),
    ];
    engine.enqueue_all(&tenant, &jobs).await;
    engine.settled().await;
    let wanted = [
        "begin a", "begin a", "begin a", "end a", "begin b", "ended b", "begin c", "end c",
    ];
    assert_eq!(engine.probe(&tenant).log(), wanted);
}

pub(crate) async fn a_retried_job_waits_for_the_one_that_runs(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let probe = engine.probe(&tenant);
    let dead = engine
        .enqueue(
            &tenant,
            &Work(Task::new("a", &[Dead, Succeed]).ordered("key")),
        )
        .await;
    engine.reaches(dead, JobState::Dead).await;
    engine
        .enqueue(&tenant, &Work(Task::new("b", &[Gate]).ordered("key")))
        .await;
    probe.seen("begin b", 1).await;
    let retried = control::retry(&engine.services.db, engine.handle(), &tenant, dead);
    retried.await.unwrap();
    // Enough dispatching goes on meanwhile to have started it.
    let others: Vec<Work> = (0..50)
        .map(|job| Work(Task::new(format!("other {job}"), &[])))
        .collect();
    for other in &others {
        let id = engine.enqueue(&tenant, other).await;
        engine.reaches(id, JobState::Succeeded).await;
    }
    assert_eq!(probe.count("begin a"), 1, "two jobs of one key ran at once");
    probe.open();
    engine.settled().await;
    assert_eq!(engine.effects(&tenant).await.len(), 52);
}
