//! What happens to a job in a worker's hands. Everything but [`claim`] is fenced on the [`Claim`] and
//! answers [`Error::Stale`] when the job has moved on without this worker.

use std::time::Duration;

use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use wafaa_domain::{JobId, SystemScope, TenantScope};

use super::{COLUMNS, Job, Row, millis, now};
use crate::{Error, Result, Tx};

/// The right to finish one run of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Which job.
    pub job: JobId,
    /// Which dispatch of it.
    pub dispatch: Uuid,
}

/// What a worker learns when it renews its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// Go on.
    Renewed,
    /// Somebody called the job off: stop, and say [`cancelled`].
    CancelRequested,
    /// The job is somebody else's now: stop, nothing will count.
    Lost,
}

/// Takes a dispatched job into a worker's hands, unless the reference is void.
///
/// # Errors
/// When the database can't be written.
pub async fn claim(
    tx: &Tx<SystemScope>,
    claim: Claim,
    worker: &str,
    lease: Duration,
) -> Result<Option<Job>> {
    let now = now();
    let rows: Vec<Row> = tx
        .rows(
            &format!(
                "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $3, started_at = $4, \
                 lease_until = $5 WHERE id = $1 AND dispatch_id = $2 AND state = 'dispatched' RETURNING {COLUMNS}"
            ),
            [
                claim.job.uuid().into(),
                claim.dispatch.into(),
                worker.into(),
                now.into(),
                now.saturating_add(millis(lease)).into(),
            ],
        )
        .await?;
    rows.into_iter().next().map(Job::try_from).transpose()
}

/// Renews the lease of a running job.
///
/// # Errors
/// When the database can't be written.
pub async fn heartbeat(tx: &Tx<SystemScope>, claim: Claim, lease: Duration) -> Result<Heartbeat> {
    #[derive(FromQueryResult)]
    struct Cancel {
        cancel_requested: bool,
    }
    let rows: Vec<Cancel> = tx
        .rows(
            "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND dispatch_id = $2 AND state = 'running' \
             RETURNING cancel_requested",
            [
                claim.job.uuid().into(),
                claim.dispatch.into(),
                now().saturating_add(millis(lease)).into(),
            ],
        )
        .await?;
    Ok(match rows.first() {
        Some(row) if row.cancel_requested => Heartbeat::CancelRequested,
        Some(_) => Heartbeat::Renewed,
        None => Heartbeat::Lost,
    })
}

/// Notes how far a running job is, in percent.
///
/// # Errors
/// [`Error::Stale`].
pub async fn progress(tx: &Tx<TenantScope>, claim: Claim, percent: i32) -> Result<()> {
    fenced(tx, claim, "progress = $3", [percent.into()]).await
}

/// The job is done. Call this first in the transaction that commits its effect and the next jobs: when it
/// was called off or lost meanwhile, nothing of it happens.
///
/// # Errors
/// [`Error::Stale`].
pub async fn succeed(tx: &Tx<TenantScope>, claim: Claim) -> Result<()> {
    wanted(
        tx,
        claim,
        "state = 'succeeded', progress = 100, lease_until = NULL, last_error = NULL, finished_at = $3",
        [now().into()],
    )
    .await
}

/// The job is to run again after `delay`; the attempt counts.
///
/// # Errors
/// [`Error::Stale`], also when the job was called off.
pub async fn reschedule(
    tx: &Tx<TenantScope>,
    claim: Claim,
    delay: Duration,
    error: &str,
) -> Result<()> {
    let run_at = now().saturating_add(millis(delay));
    wanted(
        tx,
        claim,
        "state = 'waiting', lease_until = NULL, dispatch_id = NULL, run_at = $3, last_error = $4",
        [run_at.into(), error.into()],
    )
    .await
}

/// The job could not start yet, through no fault of its own: it runs again after `delay` and the attempt
/// does not count.
///
/// # Errors
/// [`Error::Stale`], also when the job was called off.
pub async fn snooze(
    tx: &Tx<TenantScope>,
    claim: Claim,
    delay: Duration,
    reason: &str,
) -> Result<()> {
    let run_at = now().saturating_add(millis(delay));
    wanted(
        tx,
        claim,
        "state = 'waiting', lease_until = NULL, dispatch_id = NULL, attempt = attempt - 1, run_at = $3, last_error = $4",
        [run_at.into(), reason.into()],
    )
    .await
}

/// The job is given up.
///
/// # Errors
/// [`Error::Stale`].
pub async fn bury(tx: &Tx<TenantScope>, claim: Claim, error: &str) -> Result<()> {
    fenced(
        tx,
        claim,
        "state = 'dead', lease_until = NULL, finished_at = $3, last_error = $4",
        [now().into(), error.into()],
    )
    .await
}

/// The job has stopped because it was called off.
///
/// # Errors
/// [`Error::Stale`].
pub async fn cancelled(tx: &Tx<TenantScope>, claim: Claim) -> Result<()> {
    fenced(
        tx,
        claim,
        "state = 'cancelled', lease_until = NULL, finished_at = $3",
        [now().into()],
    )
    .await
}

async fn fenced<const N: usize>(
    tx: &Tx<TenantScope>,
    claim: Claim,
    changes: &str,
    values: [Value; N],
) -> Result<()> {
    exactly_one(tx, claim, changes, "state = 'running'", values).await
}

/// As [`fenced`], for a job that nobody has called off.
async fn wanted<const N: usize>(
    tx: &Tx<TenantScope>,
    claim: Claim,
    changes: &str,
    values: [Value; N],
) -> Result<()> {
    let condition = "state = 'running' AND NOT cancel_requested";
    exactly_one(tx, claim, changes, condition, values).await
}

/// Makes `changes`, whose parameters begin with `$3`.
async fn exactly_one<const N: usize>(
    tx: &Tx<TenantScope>,
    claim: Claim,
    changes: &str,
    condition: &str,
    values: [Value; N],
) -> Result<()> {
    let sql = format!(
        "UPDATE jobs SET {changes} WHERE id = $1 AND dispatch_id = $2 AND tenant_id = ${} AND {condition}",
        N + 3
    );
    let fence: [Value; 2] = [claim.job.uuid().into(), claim.dispatch.into()];
    let values = fence.into_iter().chain(values);
    let values = values.chain([tx.tenant().uuid().into()]);
    let changed = tx.execute(&sql, values).await?.rows_affected();
    (changed == 1).then_some(()).ok_or(Error::Stale)
}
