//! What people do to jobs: calling them off and trying them again.

use sea_orm::Value;
use wafaa_domain::{JobId, JobState, TenantScope};

use super::{
    COLUMNS, Job, Row, jobs,
    total::{self, ENDED, Ended},
};
use crate::{Error, Result, Tx};

/// What calling a job off came to.
#[derive(Debug, Clone)]
pub enum Cancelled {
    /// It had not started, and never will.
    Now(Box<Job>),
    /// It is running; its worker has been told.
    Requested(JobId),
}

/// Calls a job off.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it has come to its end already.
pub async fn cancel(tx: &Tx<TenantScope>, id: JobId) -> Result<Cancelled> {
    let mut cancelled = cancel_where(tx, "id = $2", id.uuid().into()).await?;
    if let Some(one) = cancelled.pop() {
        return Ok(one);
    }
    super::get(tx, id).await?;
    Err(Error::Stale)
}

/// Calls off every unfinished job for this document, message or report.
///
/// # Errors
/// When the database can't be written.
pub async fn cancel_of_parent(tx: &Tx<TenantScope>, parent: &str) -> Result<Vec<Cancelled>> {
    cancel_where(tx, "parent = $2", parent.into()).await
}

/// One statement, so that no job slips from one state to the next between two.
async fn cancel_where(tx: &Tx<TenantScope>, which: &str, value: Value) -> Result<Vec<Cancelled>> {
    let rows: Vec<Row> = tx
        .rows(
            &format!(
                "UPDATE jobs SET cancel_requested = (state = 'running'), \
                 finished_at = CASE WHEN state = 'running' THEN NULL ELSE $3 END, \
                 lease_until = CASE WHEN state = 'running' THEN lease_until END, \
                 state = CASE WHEN state = 'running' THEN 'running' ELSE 'cancelled' END \
                 WHERE tenant_id = $1 AND {which} \
                 AND state IN ('waiting', 'ready', 'dispatched', 'running') RETURNING {COLUMNS}"
            ),
            [tx.tenant().uuid().into(), value, tx.now().into()],
        )
        .await?;
    let cancelled = jobs(rows)?.into_iter().map(|job| {
        if job.state == JobState::Running {
            Cancelled::Requested(job.id)
        } else {
            Cancelled::Now(Box::new(job))
        }
    });
    Ok(cancelled.collect())
}

/// Gives a dead or cancelled job all its attempts again.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is neither dead nor cancelled.
pub async fn retry(tx: &Tx<TenantScope>, id: JobId) -> Result<Job> {
    let these = "tenant_id = $1 AND id = $2 AND state IN ('dead', 'cancelled')";
    let values: [Value; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let sql = format!("SELECT {ENDED} FROM jobs WHERE {these}");
    let ended: Vec<Ended> = tx.rows(&sql, values.clone()).await?;
    total::subtract(tx, ended).await?;
    let rows: Vec<Row> = tx
        .rows(
            &format!(
                "UPDATE jobs SET state = 'waiting', attempt = 0, run_at = $3, finished_at = NULL, progress = 0, \
                 dispatch_id = NULL, cancel_requested = FALSE WHERE {these} RETURNING {COLUMNS}"
            ),
            values.into_iter().chain([tx.now().into()]),
        )
        .await?;
    match jobs(rows)?.pop() {
        Some(job) => Ok(job),
        None => {
            super::get(tx, id).await?;
            Err(Error::Stale)
        }
    }
}
