//! What people do to jobs: calling them off and trying them again.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{JobId, TenantScope};

use super::{COLUMNS, Job, Row, jobs, now};
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

async fn cancel_where(
    tx: &Tx<TenantScope>,
    which: &str,
    value: sea_orm::Value,
) -> Result<Vec<Cancelled>> {
    #[derive(FromQueryResult)]
    struct Running {
        id: Uuid,
    }
    let tenant = || sea_orm::Value::from(tx.tenant().uuid());
    let stopped: Vec<Row> = tx
        .rows(
            &format!(
                "UPDATE jobs SET state = 'cancelled', finished_at = $3, lease_until = NULL \
                 WHERE tenant_id = $1 AND {which} AND state IN ('waiting', 'ready', 'dispatched') RETURNING {COLUMNS}"
            ),
            [tenant(), value.clone(), now().into()],
        )
        .await?;
    let running: Vec<Running> = tx
        .rows(
            &format!(
                "UPDATE jobs SET cancel_requested = TRUE WHERE tenant_id = $1 AND {which} AND state = 'running' \
                 RETURNING id"
            ),
            [tenant(), value],
        )
        .await?;
    let stopped = jobs(stopped)?
        .into_iter()
        .map(|job| Cancelled::Now(Box::new(job)));
    let told = running
        .into_iter()
        .map(|row| Cancelled::Requested(JobId::from_uuid(row.id)));
    Ok(stopped.chain(told).collect())
}

/// Gives a dead or cancelled job all its attempts again.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is neither dead nor cancelled.
pub async fn retry(tx: &Tx<TenantScope>, id: JobId) -> Result<Job> {
    let rows: Vec<Row> = tx
        .rows(
            &format!(
                "UPDATE jobs SET state = 'waiting', attempt = 0, run_at = $3, finished_at = NULL, progress = 0, \
                 dispatch_id = NULL, cancel_requested = FALSE \
                 WHERE tenant_id = $1 AND id = $2 AND state IN ('dead', 'cancelled') RETURNING {COLUMNS}"
            ),
            [tx.tenant().uuid().into(), id.uuid().into(), now().into()],
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
