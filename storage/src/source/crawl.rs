//! The crawls of a source: one is planned, begins, and comes to an end, each at most once.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use wafaa_domain::{Failure, JobId, SourceId, SourceStatus, TenantScope};

use super::{COLUMNS, Source, one};
use crate::{Error, Result, Tx, time::now};

/// Plans the next crawl and answers its number; whatever was planned before comes to nothing. `at` is when it
/// begins by itself; at once when `None`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn plan(tx: &Tx<TenantScope>, id: SourceId, at: Option<DateTime<Utc>>) -> Result<i32> {
    #[derive(FromQueryResult)]
    struct Planned {
        crawl: i32,
    }
    let at_once = at
        .is_none()
        .then(|| SourceStatus::Queued.as_str().to_owned());
    let values: [Value; 5] = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        at.into(),
        at_once.into(),
        now(tx).into(),
    ];
    let rows: Vec<Planned> = tx
        .rows(
            "UPDATE sources SET crawl = crawl + 1, next_run_at = $3, status = COALESCE($4, status), \
             updated_at = $5 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING crawl",
            values,
        )
        .await?;
    rows.first().map(|row| row.crawl).ok_or(Error::NotFound)
}

/// Plans nothing: whatever was planned comes to nothing.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn unplan(tx: &Tx<TenantScope>, id: SourceId) -> Result<()> {
    let changed = tx
        .execute(
            "UPDATE sources SET crawl = crawl + 1, next_run_at = NULL, job_id = NULL, updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                now(tx).into(),
            ],
        )
        .await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// Notes the job of the newest crawl.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_job(tx: &Tx<TenantScope>, id: SourceId, job: JobId) -> Result<()> {
    let changed = tx
        .execute(
            "UPDATE sources SET job_id = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                job.uuid().into(),
            ],
        )
        .await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// The planned crawl has begun, now or before. Answers the source as it was a moment ago: `begun` is less than
/// `crawl` the first time.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is no longer the newest.
pub async fn begin(tx: &Tx<TenantScope>, id: SourceId, crawl: i32) -> Result<Source> {
    hold(tx, id, crawl).await?;
    let before = super::get(tx, id).await?;
    tx.execute(
        "UPDATE sources SET begun = crawl, status = 'crawling', error_code = NULL, error_message = NULL, \
         truncated = FALSE, next_run_at = NULL, started_at = $3, updated_at = $3 \
         WHERE tenant_id = $1 AND id = $2 AND begun < crawl",
        [
            tx.tenant().uuid().into(),
            id.uuid().into(),
            now(tx).into(),
        ],
    )
    .await?;
    Ok(before)
}

/// Keeps everybody else from changing what is planned until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when the crawl is no longer the newest.
pub async fn hold(tx: &Tx<TenantScope>, id: SourceId, crawl: i32) -> Result<()> {
    let held = tx
        .execute(
            "UPDATE sources SET crawl = crawl \
             WHERE tenant_id = $1 AND id = $2 AND crawl = $3 AND deleted_at IS NULL",
            [tx.tenant().uuid().into(), id.uuid().into(), crawl.into()],
        )
        .await?;
    if held.rows_affected() == 1 {
        return Ok(());
    }
    super::get(tx, id).await?;
    Err(Error::Stale)
}

/// Notes that the source has more pages than are taken.
///
/// # Errors
/// When the database can't be written.
pub async fn set_truncated(tx: &Tx<TenantScope>, id: SourceId, crawl: i32) -> Result<()> {
    tx.execute(
        "UPDATE sources SET truncated = TRUE WHERE tenant_id = $1 AND id = $2 AND begun = $3 AND NOT truncated",
        [
            tx.tenant().uuid().into(),
            id.uuid().into(),
            crawl.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The newest crawl has come to its end, well or with a failure. Answers the source.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is no longer the newest.
pub async fn ended(
    tx: &Tx<TenantScope>,
    id: SourceId,
    crawl: i32,
    failure: Option<&Failure>,
) -> Result<Source> {
    let status = failure.map_or(SourceStatus::Ready, |_| SourceStatus::Failed);
    let sql = format!(
        "UPDATE sources SET status = $4, error_code = $5, error_message = $6, finished_at = $7, updated_at = $7 \
         WHERE tenant_id = $1 AND id = $2 AND crawl = $3 AND deleted_at IS NULL RETURNING {COLUMNS}"
    );
    let values: [Value; 7] = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        crawl.into(),
        status.as_str().into(),
        failure.map(|failure| failure.code.clone()).into(),
        failure.map(|failure| failure.message.clone()).into(),
        now(tx).into(),
    ];
    match one(tx.rows(&sql, values).await?) {
        Err(Error::NotFound) => {
            super::get(tx, id).await?;
            Err(Error::Stale)
        }
        other => other,
    }
}
