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

/// What is under way, and what is to come.
#[derive(Debug)]
pub struct Survey {
    /// Jobs dispatched or running, by lane and tenant.
    pub in_flight: HashMap<(Lane, TenantId), u32>,
    /// How long until the next waiting job is due, if one is waiting for its time.
    pub next_due: Option<Duration>,
}

/// Looks at all lanes in one statement.
///
/// # Errors
/// When the database can't be read.
pub async fn survey(tx: &Tx<SystemScope>) -> Result<Survey> {
    #[derive(FromQueryResult)]
    struct Found {
        lane: Option<String>,
        tenant_id: Option<Uuid>,
        /// Jobs of the lane and tenant; without a lane, when the next waiting job is due.
        number: Option<i64>,
    }
    let now = tx.now();
    let sql = "SELECT lane, tenant_id, COUNT(*) AS number FROM jobs WHERE state IN ('dispatched', 'running') \
         GROUP BY lane, tenant_id UNION ALL \
         SELECT NULL, NULL, MIN(run_at) FROM jobs WHERE state = 'waiting' AND run_at > $1";
    let rows: Vec<Found> = tx.rows(sql, [now.into()]).await?;
    let mut survey = Survey {
        in_flight: HashMap::new(),
        next_due: None,
    };
    for row in rows {
        match (row.lane, row.tenant_id, row.number) {
            (Some(lane), Some(tenant), Some(jobs)) => {
                let Ok(lane) = lane.parse() else { continue };
                let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
                let of = (lane, TenantId::from_uuid(tenant));
                survey.in_flight.insert(of, jobs);
            }
            (None, None, Some(at)) => {
                let wait = u64::try_from(at - now).unwrap_or(0);
                survey.next_due = Some(Duration::from_millis(wait));
            }
            _ => {}
        }
    }
    Ok(survey)
}

/// Tenants with ready jobs in each of these lanes, in order: one index probe for each, however many jobs they
/// have. All lanes are spelt out, and those not asked for put aside by their parameters: with the lane itself a
/// parameter PostgreSQL makes the plan anew each time, which takes five times as long as following it.
///
/// # Errors
/// When the database can't be read.
pub async fn ready(tx: &Tx<SystemScope>, lanes: &[Lane]) -> Result<HashMap<Lane, Vec<TenantId>>> {
    #[derive(FromQueryResult)]
    struct Ready {
        lane: String,
        tenant_id: Uuid,
    }
    if lanes.is_empty() {
        return Ok(HashMap::new());
    }
    let of_lane = |(at, lane): (usize, &Lane)| {
        format!(
            "{lane}_lane (tenant_id) AS (\
             SELECT * FROM (SELECT tenant_id FROM jobs WHERE ${} AND lane = '{lane}' AND state = 'ready' \
             ORDER BY tenant_id LIMIT 1) first UNION ALL \
             SELECT (SELECT j.tenant_id FROM jobs j WHERE j.lane = '{lane}' AND j.state = 'ready' \
             AND j.tenant_id > t.tenant_id ORDER BY j.tenant_id LIMIT 1) FROM {lane}_lane t WHERE t.tenant_id IS NOT NULL)",
            at + 1
        )
    };
    let with: Vec<String> = Lane::ALL.iter().enumerate().map(of_lane).collect();
    let found = |lane| {
        format!("SELECT '{lane}' AS lane, tenant_id FROM {lane}_lane WHERE tenant_id IS NOT NULL")
    };
    let found: Vec<String> = Lane::ALL.iter().map(found).collect();
    let sql = format!(
        "WITH RECURSIVE {} {}",
        with.join(", "),
        found.join(" UNION ALL ")
    );
    let asked = Lane::ALL.iter().map(|lane| lanes.contains(lane).into());
    let rows: Vec<Ready> = tx.rows(&sql, asked).await?;
    let mut ready: HashMap<Lane, Vec<TenantId>> = HashMap::new();
    for row in rows {
        if let Ok(lane) = row.lane.parse() {
            let tenants = ready.entry(lane).or_default();
            tenants.push(TenantId::from_uuid(row.tenant_id));
        }
    }
    Ok(ready)
}

/// Takes up to `free` jobs of a lane that are ready, those [`ready`] found in turn starting after `last`, each
/// within `cap` jobs in flight. They expire after `lease` unless claimed. Answers the jobs and the tenant to go on after.
///
/// # Errors
/// When the database can't be written.
pub async fn dispatch(
    tx: &Tx<SystemScope>,
    lane: Lane,
    tenants: &[TenantId],
    free: u32,
    cap: impl Fn(TenantId) -> u32,
    last: Option<TenantId>,
    lease: Duration,
) -> Result<(Vec<Dispatched>, Option<TenantId>)> {
    let turn = last.map_or(0, |last| tenants.partition_point(|tenant| *tenant <= last));
    let (later, first) = tenants.split_at(turn);
    let mut taken = Vec::new();
    let mut reached = last;
    let mut left = free;
    let mut waiting = u32::try_from(tenants.len()).unwrap_or(u32::MAX);
    for &tenant in first.iter().chain(later) {
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
