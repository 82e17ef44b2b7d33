//! Looking at jobs, one or many. A tenant sees its own, an operator all.

use sea_orm::Value;
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

    fn add(&mut self, comparison: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.clauses
            .push(format!("{comparison} ${}", self.values.len()));
    }

    fn sql(&self) -> String {
        self.clauses.join(" AND ")
    }
}
