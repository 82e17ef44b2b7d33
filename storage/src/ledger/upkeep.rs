//! Returning what died workers and lost messages left behind, and forgetting what is long finished.

use sea_orm::{Value, entity::prelude::Uuid};
use wafaa_domain::{SystemScope, TenantScope};

use super::{
    COLUMNS, Claim, Job, Row,
    total::{self, ENDED, Ended},
};
use crate::{Error, Result, Tx};

/// Rows handled at once.
const BATCH: i64 = 500;

/// A job whose lease has run out.
#[derive(Debug, Clone)]
pub struct Expired {
    /// The job.
    pub job: Job,
    /// The run or dispatch that is void once it is [`release`]d.
    pub claim: Claim,
}

/// Jobs whose lease has run out: their worker died, or the transport lost them.
///
/// # Errors
/// When the database can't be read.
pub async fn expired(tx: &Tx<SystemScope>) -> Result<Vec<Expired>> {
    #[derive(sea_orm::FromQueryResult)]
    struct Dispatch {
        dispatch_id: Option<Uuid>,
        #[sea_orm(nested)]
        row: Row,
    }
    let rows: Vec<Dispatch> = tx
        .rows(
            &format!(
                "SELECT {COLUMNS} FROM jobs WHERE state IN ('dispatched', 'running') AND lease_until < $1 \
                 ORDER BY lease_until LIMIT $2"
            ),
            [tx.now().into(), BATCH.into()],
        )
        .await?;
    rows.into_iter()
        .map(|found| {
            let job = Job::try_from(found.row)?;
            let claim = Claim {
                job: job.id,
                dispatch: found.dispatch_id.unwrap_or_default(),
            };
            Ok(Expired { job, claim })
        })
        .collect()
}

/// Makes an expired job ready again. A run that was lost counts as an attempt; a dispatch does not.
///
/// # Errors
/// [`Error::Stale`] when its worker has come back to life meanwhile.
pub async fn release(tx: &Tx<TenantScope>, claim: Claim) -> Result<()> {
    let released = tx
        .execute(
            "UPDATE jobs SET state = 'ready', dispatch_id = NULL, lease_until = NULL, \
             last_error = CASE WHEN state = 'running' THEN 'its worker stopped before it was done' ELSE last_error END \
             WHERE tenant_id = $1 AND id = $2 AND dispatch_id = $3 AND state IN ('dispatched', 'running') AND lease_until < $4",
            [
                tx.tenant().uuid().into(),
                claim.job.uuid().into(),
                claim.dispatch.into(),
                tx.now().into(),
            ],
        )
        .await?;
    (released.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

/// Ends every lease at once, for a process that knows itself to be the only one: whoever held them is gone.
///
/// # Errors
/// When the database can't be written.
pub async fn release_all(tx: &Tx<SystemScope>) -> Result<u64> {
    let released = tx
        .execute(
            "UPDATE jobs SET lease_until = 0 WHERE state IN ('dispatched', 'running')",
            [],
        )
        .await?;
    Ok(released.rows_affected())
}

/// Ends the leases of jobs that run on these workers, which are gone.
///
/// # Errors
/// When the database can't be written.
pub async fn forfeit(tx: &Tx<SystemScope>, workers: &[String]) -> Result<u64> {
    let mut forfeited = 0;
    for worker in workers {
        let sql = "UPDATE jobs SET lease_until = 0 WHERE state = 'running' AND worker = $1";
        forfeited += tx
            .execute(sql, [worker.as_str().into()])
            .await?
            .rows_affected();
    }
    Ok(forfeited)
}

/// Forgets up to a batch of jobs that finished before `cutoff` (Unix milliseconds); answers how many.
/// Dead jobs stay until then too, so that an operator can look at them.
///
/// # Errors
/// When the database can't be written.
pub async fn purge(tx: &Tx<SystemScope>, cutoff: i64) -> Result<u64> {
    let values: [Value; 2] = [cutoff.into(), BATCH.into()];
    let purged: Vec<Ended> = tx
        .rows(
            &format!(
                "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE finished_at IS NOT NULL \
                 AND finished_at < $1 ORDER BY finished_at LIMIT $2) RETURNING {ENDED}"
            ),
            values,
        )
        .await?;
    let jobs = purged.len() as u64;
    total::subtract(tx, purged).await?;
    Ok(jobs)
}
