//! What a crawl has come across, and what of it is still to be fetched.
//!
//! An address is a row, once in a source, whatever leads to it; so loops end by themselves.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use wafaa_domain::{PageId, PageKind, SourceId, TenantScope};

use super::page::{COLUMNS, Row, SourcePage};
use crate::{Result, Tx, condition::Conditions, time::now};

/// Addresses looked up or added by one statement: five values each, and SQLite binds 32,766.
const BATCH: usize = 200;

/// An address that a crawl has come across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The address.
    pub url: String,
    /// What it is fetched for.
    pub kind: PageKind,
    /// How many links away from the first page.
    pub depth: u32,
    /// How many redirections away from a link.
    pub hops: u32,
}

/// Notes what a crawl has come across. New addresses are kept while the source has less than `most`; answers
/// whether all of them were.
///
/// # Errors
/// When the database can't be written.
pub async fn sight(
    tx: &Tx<TenantScope>,
    source: SourceId,
    crawl: i32,
    sightings: &[Sighting],
    most: u32,
) -> Result<bool> {
    let mut met = HashSet::new();
    let once: Vec<&Sighting> = sightings
        .iter()
        .filter(|sighting| met.insert(sighting.url.as_str()))
        .collect();
    let mut all = true;
    for batch in once.chunks(BATCH) {
        let known = known(tx, source, batch).await?;
        let again: Vec<&Sighting> = batch
            .iter()
            .filter(|sighting| known.get(&sighting.url).is_some_and(|seen| *seen < crawl))
            .copied()
            .collect();
        see_again(tx, source, crawl, &again).await?;
        let mut new: Vec<&Sighting> = batch
            .iter()
            .filter(|sighting| !known.contains_key(&sighting.url))
            .copied()
            .collect();
        if new.is_empty() {
            continue;
        }
        let room = usize::try_from(most).unwrap_or(usize::MAX);
        let room = room.saturating_sub(total(tx, source).await?);
        all &= new.len() <= room;
        new.truncate(room);
        add(tx, source, crawl, &new).await?;
    }
    Ok(all)
}

/// When each of these addresses that the source has was seen last.
async fn known(
    tx: &Tx<TenantScope>,
    source: SourceId,
    batch: &[&Sighting],
) -> Result<HashMap<String, i32>> {
    #[derive(FromQueryResult)]
    struct Known {
        url: String,
        seen: i32,
    }
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    conditions.add("source_id =", source.uuid());
    let urls: Vec<String> = batch
        .iter()
        .map(|sighting| conditions.bind(sighting.url.as_str()))
        .collect();
    conditions.add_sql(format!("url IN ({})", urls.join(", ")));
    let (condition, values) = conditions.finish();
    let sql = format!("SELECT url, seen FROM source_pages WHERE {condition}");
    let rows: Vec<Known> = tx.rows(&sql, values).await?;
    Ok(rows.into_iter().map(|row| (row.url, row.seen)).collect())
}

async fn see_again(
    tx: &Tx<TenantScope>,
    source: SourceId,
    crawl: i32,
    again: &[&Sighting],
) -> Result<()> {
    for sighting in again {
        let values: [Value; 8] = [
            tx.tenant().uuid().into(),
            source.uuid().into(),
            sighting.url.clone().into(),
            crawl.into(),
            sighting.kind.as_str().into(),
            super::small(sighting.depth).into(),
            super::small(sighting.hops).into(),
            now(tx).into(),
        ];
        tx.execute(
            "UPDATE source_pages SET seen = $4, kind = $5, depth = $6, hops = $7, attempts = 0, due_at = $8, \
             status = 'queued' WHERE tenant_id = $1 AND source_id = $2 AND url = $3",
            values,
        )
        .await?;
    }
    Ok(())
}

async fn total(tx: &Tx<TenantScope>, source: SourceId) -> Result<usize> {
    #[derive(FromQueryResult)]
    struct Total {
        pages: i64,
    }
    let sql = "SELECT COUNT(*) AS pages FROM source_pages WHERE tenant_id = $1 AND source_id = $2";
    let key = [tx.tenant().uuid().into(), source.uuid().into()];
    let rows: Vec<Total> = tx.rows(sql, key).await?;
    let total = rows.first().map_or(0, |row| row.pages);
    Ok(usize::try_from(total).unwrap_or(usize::MAX))
}

async fn add(tx: &Tx<TenantScope>, source: SourceId, crawl: i32, new: &[&Sighting]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = vec![
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
        now(tx).into(),
    ];
    let mut rows = Vec::new();
    for sighting in new {
        let from = values.len();
        values.extend([
            PageId::new().uuid().into(),
            sighting.url.clone().into(),
            Value::from(sighting.kind.as_str()),
            super::small(sighting.depth).into(),
            super::small(sighting.hops).into(),
        ]);
        rows.push(format!(
            "($1, $2, ${}, ${}, ${}, ${}, ${}, $3, 0, 0, $4, 'queued', 0, $4)",
            from + 1,
            from + 2,
            from + 3,
            from + 4,
            from + 5
        ));
    }
    let sql = format!(
        "INSERT INTO source_pages (tenant_id, source_id, id, url, kind, depth, hops, seen, visited, attempts, \
         due_at, status, bytes, created_at) VALUES {}",
        rows.join(", ")
    );
    tx.execute(&sql, values).await?;
    Ok(())
}

/// The next address to fetch, nearest to the first page, if one is due.
///
/// # Errors
/// When the database can't be read.
pub async fn next(
    tx: &Tx<TenantScope>,
    source: SourceId,
    crawl: i32,
) -> Result<Option<SourcePage>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND visited < $3 AND seen = $3 \
         AND due_at <= $4 ORDER BY depth, id LIMIT 1"
    );
    let values: [Value; 4] = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
        now(tx).into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    rows.into_iter()
        .next()
        .map(SourcePage::try_from)
        .transpose()
}

/// When the next address is due; `None` when the crawl has nothing left to fetch.
///
/// # Errors
/// When the database can't be read.
pub async fn next_due(
    tx: &Tx<TenantScope>,
    source: SourceId,
    crawl: i32,
) -> Result<Option<DateTime<Utc>>> {
    #[derive(FromQueryResult)]
    struct Due {
        due_at: DateTime<Utc>,
    }
    let sql = "SELECT due_at FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND visited < $3 AND seen = $3 \
               ORDER BY due_at LIMIT 1";
    let key = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
    ];
    let rows: Vec<Due> = tx.rows(sql, key).await?;
    Ok(rows.into_iter().next().map(|row| row.due_at))
}

/// Addresses that no crawl from this one on has come across.
///
/// # Errors
/// When the database can't be read.
pub async fn unseen(
    tx: &Tx<TenantScope>,
    source: SourceId,
    crawl: i32,
    limit: u64,
) -> Result<Vec<SourcePage>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND seen < $3 \
         ORDER BY id LIMIT {limit}"
    );
    let key = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter().map(SourcePage::try_from).collect()
}

/// Has the addresses fetched that are documents and that the crawl has not come across; answers how many.
///
/// # Errors
/// When the database can't be written.
pub async fn revisit(tx: &Tx<TenantScope>, source: SourceId, crawl: i32) -> Result<u64> {
    let values: [Value; 4] = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
        now(tx).into(),
    ];
    let again = tx
        .execute(
            "UPDATE source_pages SET seen = $3, attempts = 0, due_at = $4, status = 'queued' \
             WHERE tenant_id = $1 AND source_id = $2 AND seen < $3 AND document_id IS NOT NULL",
            values,
        )
        .await?;
    Ok(again.rows_affected())
}

/// How far a crawl is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Progress {
    /// Addresses it has come across.
    pub seen: i64,
    /// Those of them that it is done with.
    pub done: i64,
    /// Those of these that could not be fetched.
    pub failed: i64,
}

impl Progress {
    /// In percent; 100 only at the end.
    #[must_use]
    pub fn percent(&self) -> i32 {
        let percent = self.done.saturating_mul(100).checked_div(self.seen);
        i32::try_from(percent.unwrap_or(0).clamp(0, 99)).unwrap_or(0)
    }
}

/// How far a crawl is.
///
/// # Errors
/// When the database can't be read.
pub async fn progress(tx: &Tx<TenantScope>, source: SourceId, crawl: i32) -> Result<Progress> {
    let sql = "SELECT COUNT(*) AS seen, COUNT(CASE WHEN visited = $3 THEN 1 END) AS done, \
               COUNT(CASE WHEN visited = $3 AND status = 'failed' THEN 1 END) AS failed \
               FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND seen = $3";
    let key = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
    ];
    let rows: Vec<Progress> = tx.rows(sql, key).await?;
    Ok(rows.into_iter().next().unwrap_or(Progress {
        seen: 0,
        done: 0,
        failed: 0,
    }))
}

/// The page that a crawl began with, and those that stand for it: where it has moved to, and what it is rightly
/// called.
///
/// # Errors
/// When the database can't be read.
pub async fn first(tx: &Tx<TenantScope>, source: SourceId, crawl: i32) -> Result<Vec<SourcePage>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND seen = $3 AND depth = 0 \
         AND kind = 'page' ORDER BY hops, id"
    );
    let key = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        crawl.into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter().map(SourcePage::try_from).collect()
}
