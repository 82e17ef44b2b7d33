//! Sources of web pages: where a tenant's answers come from besides what it uploads.
//!
//! A source is crawled again and again; each time has a number. `crawl` is the newest that was planned, and only
//! the job of that one may change anything ([`begin`], [`hold`]): what an older one still does comes to nothing.
//! What is left to do in a crawl is in the rows of its pages, so it goes on wherever it was interrupted.

mod crawl;
mod frontier;
mod page;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{
    Failure, JobId, PageStatus, SourceId, SourceStatus, SystemScope, TenantId, TenantScope,
};

use crate::{Error, Page, Result, Tx, condition::Conditions, time::now};

pub use crawl::{begin, ended, hold, plan, set_job, set_truncated, unplan};
pub use frontier::{Progress, Sighting, first, next, next_due, progress, revisit, sight, unseen};
pub use page::{
    Settled, SourcePage, find, forget, links, orphan, pages, postpone, release, settle, twin,
};

/// Column list of [`Row`].
const COLUMNS: &str = "id, url, depth, include, exclude, max_pages, refresh_cron, timezone, status, error_code, \
    error_message, crawl, begun, truncated, job_id, started_at, finished_at, next_run_at, created_at, updated_at";

/// Web pages that a tenant's answers come from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// The page it begins with.
    pub url: String,
    /// What is taken of it.
    pub reach: Reach,
    /// When its pages are looked at again.
    pub refresh: Refresh,
    /// Where it stands.
    pub status: SourceStatus,
    /// Why its pages could not be looked at, when they could not.
    pub error: Option<Failure>,
    /// The newest crawl that was planned.
    pub crawl: i32,
    /// The newest crawl that has begun.
    pub begun: i32,
    /// Whether it has more pages than are taken.
    pub truncated: bool,
    /// The job of the newest crawl.
    pub job: Option<JobId>,
    /// When the newest crawl began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the newest one that has ended did.
    pub finished_at: Option<DateTime<Utc>>,
    /// When the next one begins by itself.
    pub next_run_at: Option<DateTime<Utc>>,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What is taken of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// How many links away from the first page.
    pub depth: u32,
    /// Patterns of addresses that are taken though they are not of the site.
    pub include: Vec<String>,
    /// Patterns of addresses that are left out.
    pub exclude: Vec<String>,
    /// How many pages at the most.
    pub max_pages: u32,
}

/// When pages are looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// Five fields; never by itself when `None`.
    pub cron: Option<String>,
    /// The time zone of these, by its IANA name.
    pub timezone: String,
}

/// A source to add.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// The page it begins with.
    pub url: String,
    /// What is taken of it.
    pub reach: Reach,
    /// When its pages are looked at again.
    pub refresh: Refresh,
}

/// Adds a source, for which nothing is planned yet.
///
/// # Errors
/// [`Error::AlreadyExists`] when the tenant has one with this address.
pub async fn create(tx: &Tx<TenantScope>, new: NewSource) -> Result<Source> {
    let sql = format!(
        "INSERT INTO sources (tenant_id, id, url, depth, include, exclude, max_pages, refresh_cron, timezone, \
         status, crawl, begun, truncated, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, FALSE, $11, $11) RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        SourceId::new().uuid().into(),
        new.url.into(),
        small(new.reach.depth).into(),
        list_of(&new.reach.include).into(),
        list_of(&new.reach.exclude).into(),
        small(new.reach.max_pages).into(),
        new.refresh.cron.into(),
        new.refresh.timezone.into(),
        SourceStatus::Queued.as_str().into(),
        now(tx).into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// One of the tenant's sources.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it has been deleted.
pub async fn get(tx: &Tx<TenantScope>, id: SourceId) -> Result<Source> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sources WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL"
    );
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    one(tx.rows(&sql, key).await?)
}

/// The tenant's sources, newest first, before `before`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    before: Option<SourceId>,
    limit: u64,
) -> Result<Page<Source>> {
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    conditions.add_sql("deleted_at IS NULL".into());
    if let Some(before) = before {
        conditions.add("id <", before.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM sources WHERE {condition} ORDER BY id DESC LIMIT {}",
        limit + 1
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let sources = rows.into_iter().map(Source::try_from);
    Ok(Page::of(sources.collect::<Result<_>>()?, limit))
}

/// How many sources the tenant has.
///
/// # Errors
/// When the database can't be read.
pub async fn count(tx: &Tx<TenantScope>) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Count {
        sources: i64,
    }
    let sql = "SELECT COUNT(*) AS sources FROM sources WHERE tenant_id = $1 AND deleted_at IS NULL";
    let rows: Vec<Count> = tx.rows(sql, [tx.tenant().uuid().into()]).await?;
    let count = rows.first().map_or(0, |row| row.sources);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Pages of sources, by what became of them.
pub type Tally = HashMap<PageStatus, u64>;

/// How many pages these sources have.
///
/// # Errors
/// When the database can't be read.
pub async fn tally(tx: &Tx<TenantScope>, ids: &[SourceId]) -> Result<HashMap<SourceId, Tally>> {
    #[derive(FromQueryResult)]
    struct Count {
        source_id: Uuid,
        status: String,
        pages: i64,
    }
    let mut tallies: HashMap<SourceId, Tally> = HashMap::new();
    if ids.is_empty() {
        return Ok(tallies);
    }
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    let named: Vec<String> = ids.iter().map(|id| conditions.bind(id.uuid())).collect();
    conditions.add_sql(format!("source_id IN ({})", named.join(", ")));
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT source_id, status, COUNT(*) AS pages FROM source_pages \
         WHERE {condition} AND kind = 'page' GROUP BY source_id, status"
    );
    let rows: Vec<Count> = tx.rows(&sql, values).await?;
    for row in rows {
        let status = row.status.parse();
        let status = status.map_err(|error| Error::corrupt("page status", error))?;
        let tally = tallies
            .entry(SourceId::from_uuid(row.source_id))
            .or_default();
        tally.insert(status, u64::try_from(row.pages).unwrap_or(0));
    }
    Ok(tallies)
}

/// Changes what is taken of a source, and when.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn update(
    tx: &Tx<TenantScope>,
    id: SourceId,
    reach: &Reach,
    refresh: &Refresh,
) -> Result<Source> {
    let sql = format!(
        "UPDATE sources SET depth = $3, include = $4, exclude = $5, max_pages = $6, refresh_cron = $7, \
         timezone = $8, updated_at = $9 \
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        small(reach.depth).into(),
        list_of(&reach.include).into(),
        list_of(&reach.exclude).into(),
        small(reach.max_pages).into(),
        refresh.cron.clone().into(),
        refresh.timezone.clone().into(),
        now(tx).into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// Takes a source out of every listing; its pages go with [`remove`].
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &Tx<TenantScope>, id: SourceId) -> Result<()> {
    let deleted = tx
        .execute(
            "UPDATE sources SET deleted_at = $3, updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
            [tx.tenant().uuid().into(), id.uuid().into(), now(tx).into()],
        )
        .await?;
    (deleted.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// Removes the row of a deleted source, and those of its pages. Idempotent.
///
/// # Errors
/// When the database can't be written.
pub async fn remove(tx: &Tx<TenantScope>, id: SourceId) -> Result<()> {
    tx.execute(
        "DELETE FROM sources WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL",
        [tx.tenant().uuid().into(), id.uuid().into()],
    )
    .await?;
    Ok(())
}

/// A source that something is to happen to by itself.
#[derive(Debug, Clone, Copy)]
pub struct Expecting {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which one.
    pub source: SourceId,
    /// Whether it is being removed.
    pub deleted: bool,
}

/// Every tenant's sources that a job should be there for: those to be crawled, now or later, and those to be
/// removed.
///
/// # Errors
/// When the database can't be read.
pub async fn expecting(tx: &Tx<SystemScope>) -> Result<Vec<Expecting>> {
    #[derive(FromQueryResult)]
    struct Found {
        tenant_id: Uuid,
        id: Uuid,
        deleted: bool,
    }
    let sql = "SELECT tenant_id, id, deleted_at IS NOT NULL AS deleted FROM sources \
               WHERE deleted_at IS NOT NULL OR refresh_cron IS NOT NULL OR status IN ('queued', 'crawling')";
    let rows: Vec<Found> = tx.rows(sql, []).await?;
    let found = rows.into_iter().map(|row| Expecting {
        tenant: TenantId::from_uuid(row.tenant_id),
        source: SourceId::from_uuid(row.id),
        deleted: row.deleted,
    });
    Ok(found.collect())
}

fn one(rows: Vec<Row>) -> Result<Source> {
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

fn list_of(patterns: &[String]) -> String {
    Value::from(patterns).to_string()
}

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    url: String,
    depth: i32,
    include: String,
    exclude: String,
    max_pages: i32,
    refresh_cron: Option<String>,
    timezone: String,
    status: String,
    error_code: Option<String>,
    error_message: Option<String>,
    crawl: i32,
    begun: i32,
    truncated: bool,
    job_id: Option<Uuid>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    next_run_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Source {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let patterns = |json: &str| {
            serde_json::from_str(json).map_err(|error| Error::corrupt("list of patterns", error))
        };
        let status = row.status.parse();
        Ok(Self {
            id: SourceId::from_uuid(row.id),
            url: row.url,
            reach: Reach {
                depth: u32::try_from(row.depth).unwrap_or(0),
                include: patterns(&row.include)?,
                exclude: patterns(&row.exclude)?,
                max_pages: u32::try_from(row.max_pages).unwrap_or(0),
            },
            refresh: Refresh {
                cron: row.refresh_cron,
                timezone: row.timezone,
            },
            status: status.map_err(|error| Error::corrupt("source status", error))?,
            error: row.error_code.map(|code| Failure {
                code,
                message: row.error_message.unwrap_or_default(),
            }),
            crawl: row.crawl,
            begun: row.begun,
            truncated: row.truncated,
            job: row.job_id.map(JobId::from_uuid),
            started_at: row.started_at,
            finished_at: row.finished_at,
            next_run_at: row.next_run_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
