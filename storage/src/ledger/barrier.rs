//! Fan-in: a counter that the last of several jobs brings to zero.

use sea_orm::FromQueryResult;
use wafaa_domain::TenantScope;

use crate::{Error, Result, Tx};

#[derive(FromQueryResult)]
struct Remaining {
    remaining: i32,
}

/// Sets how many jobs have to [`count_down`] before the next step starts.
///
/// # Errors
/// When the database can't be written.
pub async fn set_barrier(tx: &Tx<TenantScope>, key: &str, jobs: usize) -> Result<()> {
    let jobs = i32::try_from(jobs).unwrap_or(i32::MAX);
    tx.execute(
        "INSERT INTO job_barriers (tenant_id, key, remaining) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant_id, key) DO UPDATE SET remaining = excluded.remaining",
        [tx.tenant().uuid().into(), key.into(), jobs.into()],
    )
    .await?;
    Ok(())
}

/// Counts one job down, in the transaction in which it succeeds, and answers how many remain. The one that
/// gets 0 enqueues the next step; the barrier is gone then.
///
/// # Errors
/// [`Error::NotFound`] when there is no such barrier.
pub async fn count_down(tx: &Tx<TenantScope>, key: &str) -> Result<u32> {
    let rows: Vec<Remaining> = tx
        .rows(
            "UPDATE job_barriers SET remaining = remaining - 1 WHERE tenant_id = $1 AND key = $2 \
             RETURNING remaining",
            [tx.tenant().uuid().into(), key.into()],
        )
        .await?;
    let remaining = rows.first().ok_or(Error::NotFound)?.remaining;
    if remaining <= 0 {
        tx.execute(
            "DELETE FROM job_barriers WHERE tenant_id = $1 AND key = $2",
            [tx.tenant().uuid().into(), key.into()],
        )
        .await?;
    }
    Ok(u32::try_from(remaining).unwrap_or(0))
}
