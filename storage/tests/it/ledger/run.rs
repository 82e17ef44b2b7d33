//! A job in a worker's hands: who has it, how it ends, and that nobody else's word counts.

use std::time::Duration;

use wafaa_domain::{JobId, JobState, TenantScope};
use wafaa_storage::{
    Database, Tx,
    ledger::{self, Claim, Heartbeat},
};

use super::{
    LEASE, claim, dispatch, dispatch_one, enqueue, expire, heartbeat, job, look, promote, release,
    start, succeed,
};
use crate::database::{assert_fails, on_each_database, read, system, tenant, write};

on_each_database!(
    a_reference_is_good_for_one_claim,
    of_many_claims_at_once_one_is_good,
    a_job_that_has_succeeded_stays_so,
    an_effect_is_committed_with_success_or_not_at_all,
    a_step_notes_how_far_the_run_is,
    a_rescheduled_job_has_used_an_attempt,
    a_snoozed_job_has_not_used_an_attempt,
    a_buried_job_is_dead,
    a_worker_learns_that_its_job_was_called_off,
    nothing_a_zombie_does_counts,
    runs_without_effect_end_together,
);

/// Everything a worker can say of a run that isn't its own any more.
async fn nothing_counts(tx: &Tx<TenantScope>, claim: Claim) {
    assert_fails!(ledger::succeed(tx, claim).await, Stale);
    assert_fails!(
        ledger::reschedule(tx, claim, Duration::ZERO, "again").await,
        Stale
    );
    assert_fails!(
        ledger::snooze(tx, claim, Duration::ZERO, "later").await,
        Stale
    );
    assert_fails!(ledger::bury(tx, claim, "no").await, Stale);
    assert_fails!(ledger::set_progress(tx, claim, 50).await, Stale);
    assert_fails!(ledger::cancelled(tx, claim).await, Stale);
}

async fn a_reference_is_good_for_one_claim(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let reference = dispatch_one(&db).await;
    let wrong = Claim {
        dispatch: uuid::Uuid::now_v7(),
        ..reference
    };
    assert!(claim(&db, wrong).await.is_none());
    write(&db, scope, async |tx| {
        nothing_counts(tx, reference).await;
        Ok(())
    })
    .await
    .unwrap();
    let claimed = claim(&db, reference).await.unwrap();
    assert_eq!(
        (claimed.id, claimed.state, claimed.attempt),
        (id, JobState::Running, 1)
    );
    assert_eq!(claimed.worker.as_deref(), Some("worker"));
    assert!(claimed.started_at.is_some());
    assert!(claim(&db, reference).await.is_none());
    assert_eq!(look(&db, id).await.attempt, 1);
}

async fn of_many_claims_at_once_one_is_good(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let reference = dispatch_one(&db).await;
    let claims = (0..8).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { claim(&db, reference).await.is_some() })
    });
    let good = futures::future::try_join_all(claims).await.unwrap();
    assert_eq!(good.into_iter().filter(|good| *good).count(), 1);
    assert_eq!(look(&db, id).await.attempt, 1);
}

async fn a_job_that_has_succeeded_stays_so(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    succeed(&db, scope, run).await.unwrap();
    let done = look(&db, id).await;
    assert_eq!((done.state, done.progress), (JobState::Succeeded, 100));
    assert!(done.finished_at >= done.started_at);

    write(&db, scope, async |tx| {
        nothing_counts(tx, run).await;
        assert_fails!(ledger::cancel(tx, id).await, Stale);
        assert_fails!(ledger::retry(tx, id).await, Stale);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(heartbeat(&db, run).await, None);
    assert!(claim(&db, run).await.is_none());
    assert!(expire(&db).await.is_empty());
    assert!(dispatch(&db, 9).await.is_empty());
    assert_eq!(format!("{:?}", look(&db, id).await), format!("{done:?}"));
}

async fn an_effect_is_committed_with_success_or_not_at_all(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    let next = async || {
        write(&db, scope, async |tx| {
            let next = ledger::enqueue(tx, &job()).await?;
            ledger::succeed(tx, run).await?;
            Ok(next)
        })
        .await
    };
    let made = next().await.unwrap();
    assert_fails!(next().await, Stale);
    let all = read(&db, scope, async |tx| {
        ledger::list(tx, &ledger::Filter::default(), None, 9).await
    });
    let all: Vec<_> = all.await.unwrap().rows.iter().map(|job| job.id).collect();
    assert_eq!(all, [made, run.job]);
}

async fn a_step_notes_how_far_the_run_is(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    enqueue(&db, scope, &job()).await;
    let claim = start(&db).await;
    let step = async |percent: i32| {
        write(&db, scope, async |tx| {
            ledger::set_progress(tx, claim, percent).await
        })
        .await
    };
    step(40).await.unwrap();
    assert_eq!(look(&db, claim.job).await.progress, 40);
    write(&db, scope, async |tx| ledger::cancel(tx, claim.job).await)
        .await
        .unwrap();
    assert_fails!(step(50).await, Stale);
    assert_eq!(look(&db, claim.job).await.progress, 40);
}

async fn a_rescheduled_job_has_used_an_attempt(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let reschedule = async |run, delay| {
        write(&db, scope, async |tx| {
            ledger::reschedule(tx, run, delay, "busy").await
        })
        .await
        .unwrap();
    };
    reschedule(start(&db).await, Duration::ZERO).await;
    let waiting = look(&db, id).await;
    assert_eq!((waiting.state, waiting.attempt), (JobState::Waiting, 1));
    assert_eq!(waiting.last_error.as_deref(), Some("busy"));
    let run = start(&db).await;
    assert_eq!(look(&db, id).await.attempt, 2);
    reschedule(run, LEASE).await;
    assert_eq!(promote(&db).await, 0, "it is not due");
    assert!(claim(&db, run).await.is_none());
}

async fn a_snoozed_job_has_not_used_an_attempt(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    for _ in 0..5 {
        let run = start(&db).await;
        assert_eq!(look(&db, id).await.attempt, 1);
        write(&db, scope, async |tx| {
            ledger::snooze(tx, run, Duration::ZERO, "too many requests").await
        })
        .await
        .unwrap();
        let waiting = look(&db, id).await;
        assert_eq!((waiting.state, waiting.attempt), (JobState::Waiting, 0));
        assert_eq!(waiting.last_error.as_deref(), Some("too many requests"));
    }
}

async fn a_buried_job_is_dead(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    write(&db, scope, async |tx| {
        ledger::bury(tx, run, "no text").await
    })
    .await
    .unwrap();
    let dead = look(&db, id).await;
    assert_eq!(
        (dead.state, dead.last_error.as_deref()),
        (JobState::Dead, Some("no text"))
    );
    assert!(dead.finished_at.is_some());
    assert!(expire(&db).await.is_empty() && dispatch(&db, 9).await.is_empty());
}

async fn a_worker_learns_that_its_job_was_called_off(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let run = start(&db).await;
    assert_eq!(heartbeat(&db, run).await, Some(Heartbeat::Renewed));
    write(&db, scope, async |tx| ledger::cancel(tx, id).await)
        .await
        .unwrap();
    assert_eq!(heartbeat(&db, run).await, Some(Heartbeat::CancelRequested));
    assert_fails!(succeed(&db, scope, run).await, Stale);
    assert_eq!(look(&db, id).await.state, JobState::Running);
    write(&db, scope, async |tx| ledger::cancelled(tx, run).await)
        .await
        .unwrap();
    let job = look(&db, id).await;
    assert!(job.state == JobState::Cancelled && job.finished_at.is_some());
    assert_eq!(heartbeat(&db, run).await, None);
}

async fn nothing_a_zombie_does_counts(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    let zombie = start(&db).await;
    assert_eq!(expire(&db).await.len(), 1);
    release(&db, scope, zombie).await.unwrap();
    let nothing = async || {
        let before = format!("{:?}", look(&db, id).await);
        write(&db, scope, async |tx| {
            nothing_counts(tx, zombie).await;
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(heartbeat(&db, zombie).await, None);
        assert!(claim(&db, zombie).await.is_none());
        assert_fails!(release(&db, scope, zombie).await, Stale);
        assert_eq!(format!("{:?}", look(&db, id).await), before);
    };
    nothing().await;
    let reference = dispatch_one(&db).await;
    nothing().await;
    assert_eq!(claim(&db, reference).await.unwrap().attempt, 2);
    nothing().await;
    assert_eq!(heartbeat(&db, reference).await, Some(Heartbeat::Renewed));
    succeed(&db, scope, reference).await.unwrap();
    nothing().await;
}

async fn runs_without_effect_end_together(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    for _ in 0..5 {
        enqueue(&db, scope, &job()).await;
    }
    let runs = dispatch(&db, 9).await;
    let claimed = write(&db, system(), async |tx| {
        ledger::claim(tx, &runs, "worker", LEASE).await
    });
    assert_eq!(claimed.await.unwrap().len(), 5);
    write(&db, scope, async |tx| ledger::cancel(tx, runs[1].job).await)
        .await
        .unwrap();
    succeed(&db, scope, runs[2]).await.unwrap();
    let stranger = Claim {
        dispatch: runs[0].dispatch,
        job: JobId::new(),
    };
    let claims = [runs[0], runs[1], runs[2], runs[4], stranger];
    let mut ended = write(&db, system(), async |tx| {
        ledger::succeed_all(tx, &claims).await
    })
    .await
    .unwrap();
    ended.sort_by_key(|claim| claim.job);
    assert_eq!(ended, [runs[0], runs[4]]);
    for (run, state) in runs.iter().zip([
        JobState::Succeeded,
        JobState::Running,
        JobState::Succeeded,
        JobState::Running,
        JobState::Succeeded,
    ]) {
        assert_eq!(look(&db, run.job).await.state, state);
    }
}
