//! Jobs that enqueue jobs.

use wafaa_domain::JobState;

use crate::{
    engine::TestEngine,
    kind::{
        Act::{FailLate, RetryAfter, Succeed},
        Link, Split, Task,
    },
};

pub(crate) async fn the_last_of_many_starts_the_next_step_once(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let parts = (0..40).map(|part| {
        let script = match part % 8 {
            0 => vec![RetryAfter(10), Succeed],
            1 => vec![FailLate, Succeed],
            _ => vec![],
        };
        Task::new(format!("part {part:02}"), &script)
    });
    let split = Split {
        parts: parts.collect(),
        join: Task::new("zz join", &[]),
    };
    engine.enqueue(&tenant, &split).await;
    engine
        .until("the join", async || {
            engine.probe(&tenant).count("end zz join").checked_sub(1)
        })
        .await;
    engine.settled().await;
    let effects = engine.effects(&tenant).await;
    assert_eq!(effects.len(), 41);
    assert_eq!(effects[40], "zz join");
    assert_eq!(engine.probe(&tenant).log().last().unwrap(), "end zz join");
}

/// Effect, success and next jobs are one: a run that fails before its commit leaves none of them.
pub(crate) async fn a_failed_commit_enqueues_nothing(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    let link = Link {
        task: Task::new("a", &[FailLate, FailLate]),
        next: Task::new("next", &[]),
    };
    let id = engine.enqueue(&tenant, &link).await;
    assert_eq!(engine.reaches(id, JobState::Succeeded).await.attempt, 3);
    engine.settled().await;
    assert_eq!(engine.jobs().await.len(), 2);
    assert_eq!(engine.effects(&tenant).await, ["next"]);
}
