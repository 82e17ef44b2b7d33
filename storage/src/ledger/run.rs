//! What happens to a job in a worker's hands. Everything but [`claim`] is fenced on the [`Claim`] and
//! answers [`Error::Stale`] when the job has moved on without this worker.

use std::time::Duration;

use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use wafaa_domain::{JobId, SystemScope, TenantScope};

use super::{COLUMNS, Job, Row, millis};
use crate::{Error, Result, Tx};

/// States, where the row is known by its id. Spelt so that PostgreSQL doesn't see the condition of the index on
/// leases in it: that looks smaller than it is, being full of entries that are no more, and would be read whole.
const DISPATCHED: &str = "COALESCE(state, '') = 'dispatched'";
const RUNNING: &str = "COALESCE(state, '') = 'running'";

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
}

/// Takes dispatched jobs into a worker's hands; answers those whose reference is good.
///
/// # Errors
/// When the database can't be written.
pub async fn claim(
    tx: &Tx<SystemScope>,
    claims: &[Claim],
    worker: &str,
    lease: Duration,
) -> Result<Vec<(Claim, Job)>> {
    let now = tx.now();
    let sql = |these: &str| {
        format!(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $1, started_at = $2, \
             lease_until = $3 WHERE {these} AND {DISPATCHED} RETURNING {COLUMNS}"
        )
    };
    let until = now.saturating_add(millis(lease));
    let rows: Vec<Claimed> =
        these(tx, claims, sql, [worker.into(), now.into(), until.into()]).await?;
    rows.into_iter()
        .map(|claimed| {
            let job = Job::try_from(claimed.row)?;
            let claim = Claim {
                job: job.id,
                dispatch: claimed.dispatch_id.unwrap_or_default(),
            };
            Ok((claim, job))
        })
        .collect()
}

/// Jobs that are done and have nothing else to commit; answers those whose claim still held.
///
/// # Errors
/// When the database can't be written.
pub async fn succeed_all(tx: &Tx<SystemScope>, claims: &[Claim]) -> Result<Vec<Claim>> {
    let sql = |these: &str| {
        format!(
            "UPDATE jobs SET state = 'succeeded', progress = 100, lease_until = NULL, last_error = NULL, \
             finished_at = $1 WHERE {these} AND {RUNNING} AND NOT cancel_requested \
             RETURNING id, dispatch_id"
        )
    };
    let rows: Vec<Fence> = these(tx, claims, sql, [tx.now().into()]).await?;
    Ok(rows.into_iter().filter_map(Fence::claim).collect())
}

#[derive(FromQueryResult)]
struct Claimed {
    dispatch_id: Option<Uuid>,
    #[sea_orm(nested)]
    row: Row,
}

#[derive(FromQueryResult)]
struct Fence {
    id: Uuid,
    dispatch_id: Option<Uuid>,
}

impl Fence {
    fn claim(self) -> Option<Claim> {
        Some(Claim {
            job: JobId::from_uuid(self.id),
            dispatch: self.dispatch_id?,
        })
    }
}

/// Runs a statement on the jobs of these claims. Their number is rounded up to a power of two, by naming the
/// last one again, so that few statements are prepared.
async fn these<T: FromQueryResult, const N: usize>(
    tx: &Tx<SystemScope>,
    claims: &[Claim],
    sql: impl Fn(&str) -> String,
    values: [Value; N],
) -> Result<Vec<T>> {
    let Some(last) = claims.last() else {
        return Ok(Vec::new());
    };
    let room = claims.len().next_power_of_two();
    let pairs: Vec<String> = (0..room)
        .map(|at| format!("(${}, ${})", N + 2 * at + 1, N + 2 * at + 2))
        .collect();
    let ids: Vec<String> = (0..room).map(|at| format!("${}", N + 2 * at + 1)).collect();
    // The ids on their own find the rows by index, on every version of both databases.
    let condition = format!(
        "id IN ({}) AND (id, dispatch_id) IN (VALUES {})",
        ids.join(", "),
        pairs.join(", ")
    );
    let fences = claims.iter().chain(std::iter::repeat(last)).take(room);
    let fences = fences.flat_map(|claim| [claim.job.uuid().into(), claim.dispatch.into()]);
    let values = values.into_iter().chain(fences);
    Ok(tx.rows(&sql(&condition), values).await?)
}

/// Renews the leases of running jobs. Those it doesn't name are somebody else's now: nothing of them will count.
///
/// # Errors
/// When the database can't be written.
pub async fn heartbeat(
    tx: &Tx<SystemScope>,
    claims: &[Claim],
    lease: Duration,
) -> Result<Vec<(Claim, Heartbeat)>> {
    #[derive(FromQueryResult)]
    struct Beat {
        cancel_requested: bool,
        #[sea_orm(nested)]
        fence: Fence,
    }
    let sql = |these: &str| {
        format!(
            "UPDATE jobs SET lease_until = $1 WHERE {these} AND {RUNNING} \
             RETURNING id, dispatch_id, cancel_requested"
        )
    };
    let until = tx.now().saturating_add(millis(lease));
    let rows: Vec<Beat> = these(tx, claims, sql, [until.into()]).await?;
    let told = rows.into_iter().filter_map(|beat| {
        let heard = if beat.cancel_requested {
            Heartbeat::CancelRequested
        } else {
            Heartbeat::Renewed
        };
        Some((beat.fence.claim()?, heard))
    });
    Ok(told.collect())
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
        [tx.now().into()],
    )
    .await
}

/// How far the job is, in percent. Call this first in a transaction that is one step of the run: when the job was
/// called off or lost meanwhile, nothing of the step happens.
///
/// # Errors
/// [`Error::Stale`].
pub async fn set_progress(tx: &Tx<TenantScope>, claim: Claim, percent: i32) -> Result<()> {
    wanted(tx, claim, "progress = $3", [percent.into()]).await
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
    let run_at = tx.now().saturating_add(millis(delay));
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
    let run_at = tx.now().saturating_add(millis(delay));
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
        [tx.now().into(), error.into()],
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
        [tx.now().into()],
    )
    .await
}

async fn fenced<const N: usize>(
    tx: &Tx<TenantScope>,
    claim: Claim,
    changes: &str,
    values: [Value; N],
) -> Result<()> {
    exactly_one(tx, claim, changes, RUNNING, values).await
}

/// As [`fenced`], for a job that nobody has called off.
async fn wanted<const N: usize>(
    tx: &Tx<TenantScope>,
    claim: Claim,
    changes: &str,
    values: [Value; N],
) -> Result<()> {
    let condition = format!("{RUNNING} AND NOT cancel_requested");
    exactly_one(tx, claim, changes, &condition, values).await
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
