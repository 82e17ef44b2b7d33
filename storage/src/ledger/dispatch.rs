//! From due to dispatched, fairly: tenants take turns, and none has more in flight than its cap.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{JobId, Lane, SystemScope, TenantId};

use super::millis;
use crate::{Result, Tx};

/// Rows that one [`promote`] looks at.
const PROMOTED: i64 = 1_000;

/// A job handed to the transport.
#[derive(Debug, Clone, Copy)]
pub struct Dispatched {
    /// Which job.
    pub job: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which dispatch of it: a reference with an older one is void.
    pub dispatch: Uuid,
    /// How long it had been due.
    pub waited: Duration,
}

/// A waiting job `j` whose time and turn have come. Its order key may be held by an earlier job that has
/// not come to its end, or, since a retried job comes before those enqueued after it, by any that is on
/// its way.
const DUE: &str = "j.state = 'waiting' AND j.run_at <= $1 \
    AND (j.order_key IS NULL OR NOT EXISTS (\
    SELECT 1 FROM jobs b WHERE b.order_key = j.order_key AND b.tenant_id = j.tenant_id \
    AND b.state NOT IN ('succeeded', 'dead', 'cancelled') \
    AND (b.seq < j.seq OR b.seq > j.seq AND b.state <> 'waiting')))";

/// Takes the sole right to dispatch until the transaction ends; answers whether it could be had.
///
/// # Errors
/// When the database can't be reached.
pub async fn lead(tx: &Tx<SystemScope>) -> Result<bool> {
    /// An arbitrary number, the same in every version.
    const DISPATCHING: i64 = 0x7761_6661_6101;
    #[derive(FromQueryResult)]
    struct Locked {
        locked: bool,
    }
    if !tx.is_postgres() {
        return Ok(true);
    }
    let sql = "SELECT pg_try_advisory_xact_lock($1) AS locked";
    let rows: Vec<Locked> = tx.rows(sql, [DISPATCHING.into()]).await?;
    Ok(rows.first().is_some_and(|row| row.locked))
}

/// Makes waiting jobs ready that are due and the next of their order key; answers how many. The state is asked
/// again for the sake of other processes; spelt so that the rows are found by their number and not by a walk
/// through all that wait.
///
/// # Errors
/// When the database can't be written.
pub async fn promote(tx: &Tx<SystemScope>) -> Result<u64> {
    let sql = format!(
        "UPDATE jobs SET state = 'ready' WHERE seq IN (\
         SELECT j.seq FROM jobs j WHERE {DUE} ORDER BY j.run_at LIMIT $2) AND COALESCE(state, '') = 'waiting'"
    );
    let promoted = tx.execute(&sql, [tx.now().into(), PROMOTED.into()]).await?;
    Ok(promoted.rows_affected())
}

/// Whether [`promote`] would find a job.
///
/// # Errors
/// When the database can't be read.
pub async fn is_due(tx: &Tx<SystemScope>) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Found {
        #[expect(dead_code, reason = "that there is a row is what counts")]
        seq: i64,
    }
    let sql = format!("SELECT j.seq FROM jobs j WHERE {DUE} LIMIT 1");
    let rows: Vec<Found> = tx.rows(&sql, [tx.now().into()]).await?;
    Ok(!rows.is_empty())
}

/// Lanes with ready jobs: one index probe for each, however many jobs they have. Spelt so that PostgreSQL can't
/// make it a join, for which it would read all that are ready.
///
/// # Errors
/// When the database can't be read.
pub async fn ready_lanes(tx: &Tx<SystemScope>) -> Result<Vec<Lane>> {
    #[derive(FromQueryResult)]
    struct Ready {
        column1: String,
    }
    let lanes: Vec<String> = Lane::ALL.iter().map(|lane| format!("('{lane}')")).collect();
    let sql = format!(
        "SELECT column1 FROM (VALUES {}) lanes \
         WHERE (SELECT seq FROM jobs WHERE lane = column1 AND state = 'ready' ORDER BY tenant_id LIMIT 1) IS NOT NULL",
        lanes.join(", ")
    );
    let rows: Vec<Ready> = tx.rows(&sql, []).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.column1.parse().ok())
        .collect())
}

/// How long until the next waiting job is due, if one is waiting for its time.
///
/// # Errors
/// When the database can't be read.
pub async fn next_due(tx: &Tx<SystemScope>) -> Result<Option<Duration>> {
    #[derive(FromQueryResult)]
    struct Next {
        run_at: Option<i64>,
    }
    let now = tx.now();
    let rows: Vec<Next> = tx
        .rows(
            "SELECT MIN(run_at) AS run_at FROM jobs WHERE state = 'waiting' AND run_at > $1",
            [now.into()],
        )
        .await?;
    let next = rows.first().and_then(|row| row.run_at);
    Ok(next.map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or(0))))
}

/// Jobs dispatched or running, by lane and tenant.
///
/// # Errors
/// When the database can't be read.
pub async fn in_flight(tx: &Tx<SystemScope>) -> Result<HashMap<(Lane, TenantId), u32>> {
    #[derive(FromQueryResult)]
    struct Count {
        lane: String,
        tenant_id: Uuid,
        jobs: i64,
    }
    let rows: Vec<Count> = tx
        .rows(
            "SELECT lane, tenant_id, COUNT(*) AS jobs FROM jobs WHERE state IN ('dispatched', 'running') \
             GROUP BY lane, tenant_id",
            [],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let key = (row.lane.parse().ok()?, TenantId::from_uuid(row.tenant_id));
            Some((key, u32::try_from(row.jobs).unwrap_or(u32::MAX)))
        })
        .collect())
}

/// Takes up to `free` ready jobs of a lane, tenants in turn starting after `last`, each within `cap` jobs in
/// flight. They expire after `lease` unless claimed. Answers the jobs and the tenant to go on after.
///
/// # Errors
/// When the database can't be written.
pub async fn dispatch(
    tx: &Tx<SystemScope>,
    lane: Lane,
    free: u32,
    cap: impl Fn(TenantId) -> u32,
    last: Option<TenantId>,
    lease: Duration,
) -> Result<(Vec<Dispatched>, Option<TenantId>)> {
    let mut tenants = ready_tenants(tx, lane).await?;
    let turn = last.map_or(0, |last| tenants.partition_point(|tenant| *tenant <= last));
    tenants.rotate_left(turn);
    let mut taken = Vec::new();
    let mut reached = last;
    let mut left = free;
    let mut waiting = u32::try_from(tenants.len()).unwrap_or(u32::MAX);
    for tenant in tenants {
        if left == 0 {
            break;
        }
        let share = left.div_ceil(waiting.max(1)).min(cap(tenant));
        let jobs = take(tx, lane, tenant, share, lease).await?;
        left = left.saturating_sub(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
        waiting = waiting.saturating_sub(1);
        reached = Some(tenant);
        taken.extend(jobs);
    }
    Ok((taken, reached))
}

/// Tenants with ready jobs in the lane, in order: one index probe for each, however many jobs they have. The lane
/// is spelt out: with a parameter PostgreSQL makes the plan anew each time, which takes five times as long as
/// following it.
async fn ready_tenants(tx: &Tx<SystemScope>, lane: Lane) -> Result<Vec<TenantId>> {
    #[derive(FromQueryResult)]
    struct Tenant {
        tenant_id: Uuid,
    }
    let sql = format!(
        "WITH RECURSIVE t (tenant_id) AS (\
         SELECT * FROM (SELECT tenant_id FROM jobs WHERE lane = '{lane}' AND state = 'ready' \
         ORDER BY tenant_id LIMIT 1) first UNION ALL \
         SELECT (SELECT j.tenant_id FROM jobs j WHERE j.lane = '{lane}' AND j.state = 'ready' \
         AND j.tenant_id > t.tenant_id ORDER BY j.tenant_id LIMIT 1) FROM t WHERE t.tenant_id IS NOT NULL) \
         SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL"
    );
    let rows: Vec<Tenant> = tx.rows(&sql, []).await?;
    Ok(rows
        .into_iter()
        .map(|row| TenantId::from_uuid(row.tenant_id))
        .collect())
}

async fn take(
    tx: &Tx<SystemScope>,
    lane: Lane,
    tenant: TenantId,
    jobs: u32,
    lease: Duration,
) -> Result<Vec<Dispatched>> {
    #[derive(FromQueryResult)]
    struct Taken {
        seq: i64,
        id: Uuid,
        priority: i32,
        run_at: i64,
    }
    if jobs == 0 {
        return Ok(Vec::new());
    }
    let (dispatch, now) = (Uuid::now_v7(), tx.now());
    let mut rows: Vec<Taken> = tx
        .rows(
            "UPDATE jobs SET state = 'dispatched', dispatch_id = $1, lease_until = $2 WHERE seq IN (\
             SELECT seq FROM jobs WHERE lane = $3 AND state = 'ready' AND tenant_id = $4 \
             ORDER BY priority DESC, seq LIMIT $5) AND COALESCE(state, '') = 'ready' RETURNING seq, id, priority, run_at",
            [
                dispatch.into(),
                now.saturating_add(millis(lease)).into(),
                lane.as_str().into(),
                tenant.uuid().into(),
                i64::from(jobs).into(),
            ],
        )
        .await?;
    rows.sort_by_key(|row| (Reverse(row.priority), row.seq));
    Ok(rows
        .into_iter()
        .map(|row| Dispatched {
            job: JobId::from_uuid(row.id),
            tenant,
            dispatch,
            waited: Duration::from_millis(u64::try_from(now - row.run_at).unwrap_or(0)),
        })
        .collect())
}
