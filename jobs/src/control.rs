//! What people do to jobs: enqueue, call off, try again. Each is one transaction, then a nudge.

use wafaa_domain::{JobId, TenantScope};
use wafaa_storage::{
    Database, Result, Tx, audit,
    ledger::{self, Cancelled, Job},
};

use crate::{
    EventKind, Handle,
    measure::{self, Outcome},
    runner,
};

/// Calls a job off. A running one stops shortly after.
///
/// # Errors
/// [`wafaa_storage::Error::NotFound`]; [`wafaa_storage::Error::Stale`] when it has come to its end already.
pub async fn cancel(db: &Database, handle: &Handle, scope: &TenantScope, job: JobId) -> Result<()> {
    let tx = db.write(*scope).await?;
    let cancelled = ledger::cancel(&tx, job).await?;
    note(handle, &tx, std::slice::from_ref(&cancelled)).await?;
    audit::note(&tx, "job.cancelled", Some(&job), serde_json::json!({})).await?;
    tx.commit().await?;
    announce(handle, [cancelled]);
    Ok(())
}

/// Gives a dead or cancelled job all its attempts again.
///
/// # Errors
/// [`wafaa_storage::Error::NotFound`]; [`wafaa_storage::Error::Stale`] when it is neither.
pub async fn retry(db: &Database, handle: &Handle, scope: &TenantScope, job: JobId) -> Result<Job> {
    let tx = db.write(*scope).await?;
    let retried = ledger::retry(&tx, job).await?;
    audit::note(&tx, "job.retried", Some(&job), serde_json::json!({})).await?;
    tx.commit().await?;
    handle.bus.publish(EventKind::Retried, &retried, None);
    handle.wake();
    Ok(retried)
}

/// Within a transaction, calls off every unfinished job for a document, message or report. Hand what it
/// answers to [`announce`] after the commit.
///
/// # Errors
/// When the database can't be written.
pub async fn cancel_of_parent(
    handle: &Handle,
    tx: &Tx<TenantScope>,
    parent: &str,
) -> Result<Vec<Cancelled>> {
    let cancelled = ledger::cancel_of_parent(tx, parent).await?;
    note(handle, tx, &cancelled).await?;
    Ok(cancelled)
}

/// Lets the kinds of jobs that will never start note what that means.
async fn note(handle: &Handle, tx: &Tx<TenantScope>, cancelled: &[Cancelled]) -> Result<()> {
    for one in cancelled {
        if let Cancelled::Now(job) = one {
            runner::end(&handle.registry, tx, job, &runner::called_off()).await?;
        }
    }
    Ok(())
}

/// Tells listeners of jobs that won't start, and running ones to stop, wherever they run.
pub fn announce(handle: &Handle, cancelled: impl IntoIterator<Item = Cancelled>) {
    for one in cancelled {
        match one {
            Cancelled::Now(job) => {
                measure::ended(&job, Outcome::Cancelled);
                handle.bus.publish(EventKind::Cancelled, &job, None);
            }
            Cancelled::Requested(job) => handle.stop(job),
        }
    }
    handle.wake();
}
