//! The numbers of jobs, of a tenant or of all. What has ended is mostly taken from sums ([`super::total`]), so that
//! a ledger of a million finished jobs answers as fast as an empty one.

use std::collections::BTreeMap;

use sea_orm::{FromQueryResult, Value};
use wafaa_domain::{JobState, Lane, SystemScope, TenantId, TenantScope};

use super::total;
use crate::{Result, Tx, tenant::Class};

/// How many jobs of a kind are in a state.
#[derive(Debug, Clone)]
pub struct Stat {
    /// Where they queue.
    pub lane: Lane,
    /// What they do.
    pub kind: String,
    /// Where they stand.
    pub state: JobState,
    /// How many.
    pub jobs: u64,
}

/// How a lane keeps up.
#[derive(Debug, Clone)]
pub struct LaneStats {
    /// Which lane.
    pub lane: Lane,
    /// How long its oldest ready job has been due, in milliseconds.
    pub oldest_ready_ms: u64,
    /// Jobs that succeeded in the last minute, give or take some seconds.
    pub succeeded_last_minute: u64,
}

/// The numbers of a tenant, or of all.
#[derive(Debug, Clone)]
pub struct Stats {
    /// Jobs by lane, kind and state.
    pub counts: Vec<Stat>,
    /// Lanes with something ready or recently done.
    pub lanes: Vec<LaneStats>,
}

/// The tenant's numbers.
///
/// # Errors
/// When the database can't be read.
pub async fn stats(tx: &Tx<TenantScope>) -> Result<Stats> {
    Ok(Stats::of(numbers(tx, Some(tx.tenant())).await?))
}

/// The numbers of one tenant or all.
///
/// # Errors
/// When the database can't be read.
pub async fn stats_any(tx: &Tx<SystemScope>, tenant: Option<TenantId>) -> Result<Stats> {
    Ok(Stats::of(numbers(tx, tenant).await?))
}

/// The numbers of all, by class of tenant.
///
/// # Errors
/// When the database can't be read.
pub async fn stats_by_class(tx: &Tx<SystemScope>) -> Result<Vec<(Class, Stats)>> {
    let (demo, standard): (Vec<_>, Vec<_>) = numbers(tx, None)
        .await?
        .into_iter()
        .partition(|row| row.demo);
    Ok(vec![
        (Class::Standard, Stats::of(standard)),
        (Class::Demo, Stats::of(demo)),
    ])
}

/// Jobs of tenants of one class in one state.
struct Number {
    demo: bool,
    stat: Stat,
    /// That came to their end in the last minute.
    recent: u64,
    /// Since when the oldest has been due, if it is not at its end.
    due_ms: u64,
}

impl Stats {
    fn of(numbers: Vec<Number>) -> Self {
        let mut counts: BTreeMap<(&str, String, &str), Stat> = BTreeMap::new();
        let mut lanes: BTreeMap<&str, LaneStats> = BTreeMap::new();
        for Number {
            stat,
            recent,
            due_ms,
            ..
        } in numbers
        {
            let (lane, state) = (stat.lane, stat.state);
            if state == JobState::Ready || recent > 0 {
                let pace = lanes.entry(lane.as_str()).or_insert(LaneStats {
                    lane,
                    oldest_ready_ms: 0,
                    succeeded_last_minute: 0,
                });
                match state {
                    JobState::Ready => pace.oldest_ready_ms = pace.oldest_ready_ms.max(due_ms),
                    JobState::Succeeded => pace.succeeded_last_minute += recent,
                    JobState::Waiting
                    | JobState::Dispatched
                    | JobState::Running
                    | JobState::Dead
                    | JobState::Cancelled => {}
                }
            }
            let jobs = stat.jobs;
            counts
                .entry((lane.as_str(), stat.kind.clone(), state.as_str()))
                .and_modify(|of_other_class| of_other_class.jobs += jobs)
                .or_insert(stat);
        }
        Self {
            counts: counts.into_values().collect(),
            lanes: lanes.into_values().collect(),
        }
    }
}

/// One statement, so that no job is counted twice or missed while the mark moves. That the mark is named a second
/// time, as a number, is for PostgreSQL's planner, which can't know what a subquery will say.
async fn numbers<S>(tx: &Tx<S>, tenant: Option<TenantId>) -> Result<Vec<Number>> {
    #[derive(FromQueryResult)]
    struct Count {
        demo: bool,
        lane: String,
        kind: String,
        state: String,
        jobs: i64,
        recent: i64,
        oldest: Option<i64>,
    }
    let now = tx.now();
    let mark = total::counted_until(tx).await?;
    let mut values: Vec<Value> = vec![mark.into(), now.saturating_sub(total::RECENT).into()];
    let whose = tenant.map_or("TRUE", |tenant| {
        values.push(tenant.uuid().into());
        "tenant_id = $3"
    });
    let sql = format!(
        "SELECT demo, lane, kind, state, CAST(SUM(jobs) AS BIGINT) AS jobs, \
         CAST(SUM(recent) AS BIGINT) AS recent, MIN(oldest) AS oldest FROM (\
         SELECT tenant_id, lane, kind, state, COUNT(*) AS jobs, 0 AS recent, MIN(run_at) AS oldest FROM jobs \
         WHERE {whose} AND finished_at IS NULL GROUP BY tenant_id, lane, kind, state \
         UNION ALL \
         SELECT tenant_id, lane, kind, state, COUNT(*), COUNT(CASE WHEN finished_at >= $2 THEN 1 END), NULL \
         FROM jobs WHERE {whose} AND finished_at >= $1 \
         AND finished_at >= (SELECT counted_until FROM job_totals_mark) GROUP BY tenant_id, lane, kind, state \
         UNION ALL \
         SELECT tenant_id, lane, kind, state, SUM(jobs), SUM(CASE WHEN at > $2 THEN jobs ELSE 0 END), NULL \
         FROM job_totals WHERE {whose} GROUP BY tenant_id, lane, kind, state) counted \
         JOIN tenants ON tenants.id = tenant_id GROUP BY demo, lane, kind, state HAVING SUM(jobs) > 0"
    );
    let found: Vec<Count> = tx.rows(&sql, values).await?;
    let number = |row: Count| {
        let stat = Stat {
            lane: row.lane.parse().ok()?,
            kind: row.kind,
            state: row.state.parse().ok()?,
            jobs: count(row.jobs),
        };
        Some(Number {
            demo: row.demo,
            stat,
            recent: count(row.recent),
            due_ms: row.oldest.map_or(0, |due| count(now - due)),
        })
    };
    Ok(found.into_iter().filter_map(number).collect())
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
