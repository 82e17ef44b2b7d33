//! How many jobs have ended, kept as sums, so that nobody has to count a million rows.
//!
//! Jobs that ended before the mark are in `job_totals`, later ones are counted in the ledger. [`fold`] moves
//! the mark on: it adds rows and touches none that a job's end would wait for. What takes an ended job out of the
//! ledger, or out of its state, says so here ([`subtract`]) and keeps the mark where it is meanwhile.
//!
//! The mark stays behind whatever may still be committed: an end is stamped with [`Tx::now`] just before its
//! statement, and PostgreSQL says since when transactions have been writing. A clock that jumps back makes the
//! sums wrong all the same; [`recount`] makes them anew once a day.

use std::collections::BTreeMap;

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::SystemScope;

use crate::{Result, Tx};

/// How far the mark stays behind everything that may still be committed: longer than PostgreSQL lets a
/// transaction stand still between stamping a job's end and storing it.
const MARGIN: i64 = 10_000;
/// What ended longer ago than this is of no interest by itself: it becomes part of one sum.
pub(super) const RECENT: i64 = 60_000;
/// Between two counts of everything.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Adds what has ended since the last time; answers whether there was anything. When another process is at it,
/// or holds the mark, there is nothing to do.
///
/// # Errors
/// When the database can't be written.
pub async fn fold(tx: &Tx<SystemScope>) -> Result<bool> {
    if !any_since(tx, counted_until(tx).await?).await? {
        return Ok(false);
    }
    let Some(mark) = held(tx, "FOR UPDATE SKIP LOCKED").await? else {
        return Ok(false);
    };
    // The first count is for `recount`: of what ended long ago nothing ended just now.
    if mark.recounted_at == 0 {
        return Ok(false);
    }
    let until = settled(tx).await?;
    let added = tx
        .execute(
            "INSERT INTO job_totals (tenant_id, lane, kind, state, at, jobs) \
             SELECT tenant_id, lane, kind, state, MAX(finished_at), COUNT(*) FROM jobs \
             WHERE finished_at >= $1 AND finished_at < $2 GROUP BY tenant_id, lane, kind, state",
            [mark.counted_until.into(), until.into()],
        )
        .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    let sql = "UPDATE job_totals_mark SET counted_until = $1";
    tx.execute(sql, [until.into()]).await?;
    merge(tx).await?;
    Ok(true)
}

/// Whether any job ended since then; most of the time none did, and nothing need be held.
async fn any_since(tx: &Tx<SystemScope>, since: i64) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Found {
        #[expect(dead_code, reason = "that there is a row is what counts")]
        seq: i64,
    }
    let sql = "SELECT seq FROM jobs WHERE finished_at >= $1 LIMIT 1";
    let found: Vec<Found> = tx.rows(sql, [since.into()]).await?;
    Ok(!found.is_empty())
}

/// Makes the sums of old additions.
async fn merge(tx: &Tx<SystemScope>) -> Result<()> {
    let old = tx.now().saturating_sub(RECENT + MARGIN);
    tx.execute(
        "INSERT INTO job_totals (tenant_id, lane, kind, state, at, jobs) \
         SELECT tenant_id, lane, kind, state, 0, CAST(SUM(jobs) AS BIGINT) FROM job_totals \
         WHERE at > 0 AND at < $1 GROUP BY tenant_id, lane, kind, state \
         ON CONFLICT (tenant_id, lane, kind, state, at) DO UPDATE SET jobs = job_totals.jobs + excluded.jobs",
        [old.into()],
    )
    .await?;
    let sql = "DELETE FROM job_totals WHERE at > 0 AND at < $1";
    tx.execute(sql, [old.into()]).await?;
    Ok(())
}

/// Counts everything anew, unless that was done within a day.
///
/// # Errors
/// When the database can't be written.
pub async fn recount(tx: &Tx<SystemScope>) -> Result<()> {
    let Some(mark) = held(tx, "FOR UPDATE SKIP LOCKED").await? else {
        return Ok(());
    };
    if tx.now().saturating_sub(mark.recounted_at) < DAY {
        return Ok(());
    }
    let until = settled(tx).await?.max(mark.counted_until);
    tx.execute("DELETE FROM job_totals", []).await?;
    tx.execute(
        "INSERT INTO job_totals (tenant_id, lane, kind, state, at, jobs) \
         SELECT tenant_id, lane, kind, state, 0, COUNT(*) FROM jobs WHERE finished_at < $1 \
         GROUP BY tenant_id, lane, kind, state",
        [until.into()],
    )
    .await?;
    let sql = "UPDATE job_totals_mark SET counted_until = $1, recounted_at = $2";
    tx.execute(sql, [until.into(), tx.now().into()]).await?;
    Ok(())
}

/// Before this, every job that ended is counted; for a query to begin with, since it may have moved on by then.
pub(super) async fn counted_until<S>(tx: &Tx<S>) -> Result<i64> {
    Ok(held(tx, "").await?.map_or(0, |mark| mark.counted_until))
}

/// A job that had ended, as it was.
#[derive(Debug, FromQueryResult)]
pub(super) struct Ended {
    tenant_id: Uuid,
    lane: String,
    kind: String,
    state: String,
    finished_at: Option<i64>,
}

/// The columns of [`Ended`].
pub(super) const ENDED: &str = "tenant_id, lane, kind, state, finished_at";

/// These are no longer in the ledger, or no longer in that state, once this transaction is committed.
pub(super) async fn subtract<S>(tx: &Tx<S>, ended: Vec<Ended>) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    // Whoever moves the mark waits until these are gone.
    let Some(mark) = held(tx, "FOR SHARE").await? else {
        return Ok(());
    };
    // In order, so that two who subtract don't wait for each other.
    let mut sums: BTreeMap<(Uuid, String, String, String), i64> = BTreeMap::new();
    for job in ended {
        if job.finished_at.is_some_and(|at| at < mark.counted_until) {
            let key = (job.tenant_id, job.lane, job.kind, job.state);
            *sums.entry(key).or_default() += 1;
        }
    }
    for ((tenant, lane, kind, state), jobs) in sums {
        tx.execute(
            "INSERT INTO job_totals (tenant_id, lane, kind, state, at, jobs) VALUES ($1, $2, $3, $4, 0, $5) \
             ON CONFLICT (tenant_id, lane, kind, state, at) DO UPDATE SET jobs = job_totals.jobs + excluded.jobs",
            [tenant.into(), lane.into(), kind.into(), state.into(), (-jobs).into()],
        )
        .await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Mark {
    counted_until: i64,
    recounted_at: i64,
}

/// The mark, held as PostgreSQL is told to; on SQLite who writes is alone.
async fn held<S>(tx: &Tx<S>, lock: &str) -> Result<Option<Mark>> {
    let lock = if tx.is_postgres() { lock } else { "" };
    let sql = format!("SELECT counted_until, recounted_at FROM job_totals_mark {lock}");
    Ok(tx.rows(&sql, []).await?.pop())
}

/// No end before this can still be committed. Of other roles' transactions PostgreSQL tells nothing, and they
/// end no jobs.
async fn settled(tx: &Tx<SystemScope>) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Since {
        since: Option<i64>,
    }
    let mut since = tx.now();
    if tx.is_postgres() {
        let sql = "SELECT (extract(epoch FROM MIN(CASE WHEN backend_xid IS NOT NULL THEN xact_start \
                   WHEN state = 'active' THEN query_start END)) * 1000)::bigint AS since \
                   FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let writing: Vec<Since> = tx.rows(sql, []).await?;
        let writing = writing.first().and_then(|row| row.since);
        since = since.min(writing.unwrap_or(since));
    }
    Ok(since.saturating_sub(MARGIN))
}
