//! What a failure means: another attempt, or the end of the job and what its kind has to say of that.

use tracing::warn;
use wafaa_domain::{Failure as Reason, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, Claim, Job},
};

use crate::{Bus, EventKind, Failure, Registry, backoff, measure::Outcome};

/// Records what a failure means.
pub(crate) async fn settle(
    db: &Database,
    registry: &Registry,
    bus: &Bus,
    job: &Job,
    claim: Claim,
    failure: Failure,
) -> wafaa_storage::Result<Outcome> {
    let tx = db.write(TenantScope::of_job(job.tenant, job.id)).await?;
    let exhausted = job.attempt >= job.max_attempts;
    let recorded = match failure {
        Failure::Retry(error) if !exhausted => {
            let delay = backoff::delay(job.attempt);
            let again = ledger::reschedule(&tx, claim, delay, &error).await;
            again.map(|()| (EventKind::Rescheduled, Outcome::Retried, Some(error)))
        }
        Failure::RetryAfter(delay, error) if !exhausted => {
            let again = ledger::reschedule(&tx, claim, delay, &error).await;
            again.map(|()| (EventKind::Rescheduled, Outcome::Retried, Some(error)))
        }
        Failure::Snooze(delay, reason) => {
            let again = ledger::snooze(&tx, claim, delay, &reason).await;
            again.map(|()| (EventKind::Rescheduled, Outcome::Snoozed, Some(reason)))
        }
        Failure::Retry(error) | Failure::RetryAfter(_, error) => {
            warn!(job = %job.id, kind = %job.kind, error, "a job is out of attempts");
            let buried = bury(registry, &tx, job, claim, &error, &internal()).await;
            buried.map(|()| (EventKind::Dead, Outcome::Dead, Some(error)))
        }
        Failure::Dead(reason) => {
            let error = format!("{}: {}", reason.code, reason.message);
            let buried = bury(registry, &tx, job, claim, &error, &reason).await;
            buried.map(|()| (EventKind::Dead, Outcome::Dead, Some(reason.message)))
        }
        Failure::Cancelled | Failure::Stale => Err(wafaa_storage::Error::Stale),
    };
    let (event, outcome, error) = match recorded {
        Ok(recorded) => recorded,
        // A stale run that still has its job was called off, or worked for something that is gone or
        // newer: either way there is nothing left to do.
        Err(wafaa_storage::Error::Stale) => match ledger::cancelled(&tx, claim).await {
            Err(wafaa_storage::Error::Stale) => return Ok(Outcome::Stale),
            other => {
                other?;
                end(registry, &tx, job, &called_off()).await?;
                (EventKind::Cancelled, Outcome::Cancelled, None)
            }
        },
        Err(error) => return Err(error),
    };
    tx.commit().await?;
    bus.publish(event, job, error);
    Ok(outcome)
}

async fn bury(
    registry: &Registry,
    tx: &wafaa_storage::Tx<TenantScope>,
    job: &Job,
    claim: Claim,
    error: &str,
    reason: &Reason,
) -> wafaa_storage::Result<()> {
    ledger::bury(tx, claim, error).await?;
    end(registry, tx, job, reason).await
}

/// Lets the job's kind note what a bad end means.
pub(crate) async fn end(
    registry: &Registry,
    tx: &wafaa_storage::Tx<TenantScope>,
    job: &Job,
    reason: &Reason,
) -> wafaa_storage::Result<()> {
    match registry.get(&job.kind) {
        Some(kind) => kind.ended(job.payload.clone(), tx, reason).await,
        None => Ok(()),
    }
}

/// What the tenant reads of a job that is out of attempts.
fn internal() -> Reason {
    Reason {
        code: "internal".into(),
        message: "Something went wrong on our side. Please try again later.".into(),
    }
}

/// What the tenant reads of a job that was called off.
pub(crate) fn called_off() -> Reason {
    Reason {
        code: "cancelled".into(),
        message: "This was cancelled. Upload the document again, or retry the job.".into(),
    }
}
