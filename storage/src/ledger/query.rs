//! Looking at jobs: one, many, and their numbers. A tenant sees its own, an operator all.

use sea_orm::{FromQueryResult, Value};
use wafaa_domain::{JobId, JobState, Lane, SystemScope, TenantId, TenantScope};

use super::{COLUMNS, Job, Row, jobs};
use crate::{Error, Page, Result, Tx};

/// Which jobs to list. An empty filter means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<JobState>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this lane.
    pub lane: Option<Lane>,
    /// For this document, message or report.
    pub parent: Option<String>,
}

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
    /// Jobs that succeeded in the last minute.
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

/// A job of the tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: JobId) -> Result<Job> {
    one(tx, Some(tx.tenant()), id).await
}

/// Any tenant's job.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get_any(tx: &Tx<SystemScope>, id: JobId) -> Result<Job> {
    one(tx, None, id).await
}

/// The tenant's jobs, newest first, before `before`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    filter: &Filter,
    before: Option<i64>,
    limit: u64,
) -> Result<Page<Job>> {
    many(tx, Some(tx.tenant()), filter, before, limit).await
}

/// The jobs of one tenant or all, newest first, before `before`.
///
/// # Errors
/// When the database can't be read.
pub async fn list_any(
    tx: &Tx<SystemScope>,
    tenant: Option<TenantId>,
    filter: &Filter,
    before: Option<i64>,
    limit: u64,
) -> Result<Page<Job>> {
    many(tx, tenant, filter, before, limit).await
}

/// The tenant's newest job for this document, message or report.
///
/// # Errors
/// When the database can't be read.
pub async fn latest_of_parent(tx: &Tx<TenantScope>, parent: &str) -> Result<Option<Job>> {
    let filter = Filter {
        parent: Some(parent.to_owned()),
        ..Filter::default()
    };
    Ok(list(tx, &filter, None, 1).await?.rows.pop())
}

/// The tenant's numbers.
///
/// # Errors
/// When the database can't be read.
pub async fn stats(tx: &Tx<TenantScope>) -> Result<Stats> {
    numbers(tx, Some(tx.tenant())).await
}

/// The numbers of one tenant or all.
///
/// # Errors
/// When the database can't be read.
pub async fn stats_any(tx: &Tx<SystemScope>, tenant: Option<TenantId>) -> Result<Stats> {
    numbers(tx, tenant).await
}

async fn one<S>(tx: &Tx<S>, tenant: Option<TenantId>, id: JobId) -> Result<Job> {
    let mut filter = Conditions::of_tenant(tenant);
    filter.add("id =", id.uuid());
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE {}", filter.sql());
    let rows: Vec<Row> = tx.rows(&sql, filter.values).await?;
    jobs(rows)?.pop().ok_or(Error::NotFound)
}

async fn many<S>(
    tx: &Tx<S>,
    tenant: Option<TenantId>,
    filter: &Filter,
    before: Option<i64>,
    limit: u64,
) -> Result<Page<Job>> {
    let mut conditions = Conditions::of_tenant(tenant);
    if let Some(state) = filter.state {
        conditions.add("state =", state.as_str());
    }
    if let Some(kind) = &filter.kind {
        conditions.add("kind =", kind.as_str());
    }
    if let Some(lane) = filter.lane {
        conditions.add("lane =", lane.as_str());
    }
    if let Some(parent) = &filter.parent {
        conditions.add("parent =", parent.as_str());
    }
    if let Some(before) = before {
        conditions.add("seq <", before);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE {} ORDER BY seq DESC LIMIT {}",
        conditions.sql(),
        limit + 1
    );
    let rows: Vec<Row> = tx.rows(&sql, conditions.values).await?;
    Ok(Page::of(jobs(rows)?, limit))
}

async fn numbers<S>(tx: &Tx<S>, tenant: Option<TenantId>) -> Result<Stats> {
    #[derive(FromQueryResult)]
    struct Count {
        lane: String,
        kind: String,
        state: String,
        jobs: i64,
    }
    #[derive(FromQueryResult)]
    struct Pace {
        lane: String,
        oldest: Option<i64>,
        succeeded: i64,
    }
    let now = tx.now();
    let of_tenant = Conditions::of_tenant(tenant);
    let counts: Vec<Count> = tx
        .rows(
            &format!(
                "SELECT lane, kind, state, COUNT(*) AS jobs FROM jobs WHERE {} GROUP BY lane, kind, state \
                 ORDER BY lane, kind, state",
                of_tenant.sql()
            ),
            of_tenant.values.clone(),
        )
        .await?;
    let mut pace = Conditions::of_tenant(tenant);
    let recent = pace.bind(now - 60_000);
    let paces: Vec<Pace> = tx
        .rows(
            &format!(
                "SELECT lane, MIN(CASE WHEN state = 'ready' THEN run_at END) AS oldest, \
                 COUNT(CASE WHEN state = 'succeeded' THEN 1 END) AS succeeded FROM jobs \
                 WHERE {} AND (state = 'ready' OR finished_at >= {recent}) GROUP BY lane ORDER BY lane",
                pace.sql()
            ),
            pace.values.clone(),
        )
        .await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Stats {
        counts: counts
            .into_iter()
            .filter_map(|row| {
                Some(Stat {
                    lane: row.lane.parse().ok()?,
                    kind: row.kind,
                    state: row.state.parse().ok()?,
                    jobs: count(row.jobs),
                })
            })
            .collect(),
        lanes: paces
            .into_iter()
            .filter_map(|row| {
                Some(LaneStats {
                    lane: row.lane.parse().ok()?,
                    oldest_ready_ms: row.oldest.map_or(0, |at| count(now - at)),
                    succeeded_last_minute: count(row.succeeded),
                })
            })
            .collect(),
    })
}

/// A WHERE clause under construction.
struct Conditions {
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn of_tenant(tenant: Option<TenantId>) -> Self {
        let mut conditions = Self {
            clauses: vec!["1 = 1".to_owned()],
            values: Vec::new(),
        };
        if let Some(tenant) = tenant {
            conditions.add("tenant_id =", tenant.uuid());
        }
        conditions
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn add(&mut self, comparison: &str, value: impl Into<Value>) {
        let parameter = self.bind(value);
        self.clauses.push(format!("{comparison} {parameter}"));
    }

    fn sql(&self) -> String {
        self.clauses.join(" AND ")
    }
}
