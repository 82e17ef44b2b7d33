//! The addresses of a source, and what became of each.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use wafaa_domain::{DocumentId, Failure, PageId, PageKind, PageStatus, SourceId, TenantScope};

use crate::{Error, Page, Result, Tx, condition::Conditions, time::now};

/// Column list of [`Row`].
pub(super) const COLUMNS: &str = "id, url, kind, depth, hops, seen, visited, attempts, status, reason_code, reason, \
    http_status, etag, last_modified, content_hash, title, document_id, bytes, fetched_at";

/// One address of a source.
#[derive(Debug, Clone)]
pub struct SourcePage {
    /// Its id.
    pub id: PageId,
    /// The address.
    pub url: String,
    /// What it is fetched for.
    pub kind: PageKind,
    /// How many links away from the first page.
    pub depth: u32,
    /// How many redirections away from a link.
    pub hops: u32,
    /// The newest crawl that came across it.
    pub seen: i32,
    /// The newest crawl that was done with it.
    pub visited: i32,
    /// How often it could not be fetched in this crawl.
    pub attempts: i32,
    /// What became of it.
    pub status: PageStatus,
    /// Why it is no document, or could not be fetched.
    pub reason: Option<Failure>,
    /// What its server answered last.
    pub http_status: Option<u16>,
    /// What to ask its server with whether it has changed.
    pub etag: Option<String>,
    /// The same, as a date.
    pub last_modified: Option<String>,
    /// SHA-256 of what it says.
    pub content_hash: Option<[u8; 32]>,
    /// What its document was called last.
    pub title: Option<String>,
    /// What it has become.
    pub document: Option<DocumentId>,
    /// How much was fetched.
    pub bytes: u64,
    /// When it was last fetched.
    pub fetched_at: Option<DateTime<Utc>>,
}

/// What became of an address in a crawl.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What became of it.
    pub status: PageStatus,
    /// Why it is no document, or could not be fetched.
    pub reason: Option<Failure>,
    /// What its server answered, if it did.
    pub http_status: Option<u16>,
    /// What to ask its server with the next time.
    pub etag: Option<String>,
    /// The same, as a date.
    pub last_modified: Option<String>,
    /// SHA-256 of what it says.
    pub content_hash: Option<[u8; 32]>,
    /// What its document is called.
    pub title: Option<String>,
    /// Where it leads; as before when `None`.
    pub links: Option<Vec<String>>,
    /// What it has become.
    pub document: Option<DocumentId>,
    /// How much was fetched.
    pub bytes: u64,
}

/// The crawl is done with an address.
///
/// # Errors
/// [`Error::Stale`] when it was before, or the address is no longer there.
pub async fn settle(
    tx: &Tx<TenantScope>,
    source: SourceId,
    page: PageId,
    crawl: i32,
    settled: &Settled,
) -> Result<()> {
    let values: [Value; 16] = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        page.uuid().into(),
        crawl.into(),
        settled.status.as_str().into(),
        settled
            .reason
            .as_ref()
            .map(|reason| reason.code.clone())
            .into(),
        settled
            .reason
            .as_ref()
            .map(|reason| reason.message.clone())
            .into(),
        settled.http_status.map(i32::from).into(),
        settled.etag.clone().into(),
        settled.last_modified.clone().into(),
        settled.content_hash.map(|hash| hash.to_vec()).into(),
        settled.title.clone().into(),
        settled.document.map(DocumentId::uuid).into(),
        i64::try_from(settled.bytes).unwrap_or(i64::MAX).into(),
        now(tx).into(),
        settled.links.as_deref().map(super::list_of).into(),
    ];
    let changed = tx
        .execute(
            "UPDATE source_pages SET visited = $4, status = $5, reason_code = $6, reason = $7, http_status = $8, \
             etag = $9, last_modified = $10, content_hash = $11, title = $12, document_id = $13, bytes = $14, \
             fetched_at = $15, links = COALESCE($16, links) \
             WHERE tenant_id = $1 AND source_id = $2 AND id = $3 AND visited < $4 AND seen = $4",
            values,
        )
        .await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

/// An address that could not be fetched is to be tried again.
///
/// # Errors
/// [`Error::Stale`] when the crawl is done with it, or it is no longer there.
pub async fn postpone(
    tx: &Tx<TenantScope>,
    source: SourceId,
    page: PageId,
    crawl: i32,
    at: DateTime<Utc>,
) -> Result<()> {
    let values: [Value; 5] = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        page.uuid().into(),
        crawl.into(),
        at.into(),
    ];
    let changed = tx
        .execute(
            "UPDATE source_pages SET attempts = attempts + 1, due_at = $5 \
             WHERE tenant_id = $1 AND source_id = $2 AND id = $3 AND visited < $4 AND seen = $4",
            values,
        )
        .await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

/// Another page of the source that says the same and is a document.
///
/// # Errors
/// When the database can't be read.
pub async fn twin(
    tx: &Tx<TenantScope>,
    source: SourceId,
    page: PageId,
    content: &[u8; 32],
) -> Result<Option<SourcePage>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND id <> $3 \
         AND content_hash = $4 AND document_id IS NOT NULL ORDER BY id LIMIT 1"
    );
    let values: [Value; 4] = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        page.uuid().into(),
        content.to_vec().into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    rows.into_iter()
        .next()
        .map(SourcePage::try_from)
        .transpose()
}

/// The document that was read from this address by a source which was removed without its documents.
///
/// # Errors
/// When the database can't be read.
pub async fn orphan(tx: &Tx<TenantScope>, url: &str) -> Result<Option<DocumentId>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: Uuid,
    }
    let sql = "SELECT d.id FROM documents d WHERE d.tenant_id = $1 AND d.source_url = $2 AND d.deleted_at IS NULL \
               AND NOT EXISTS (SELECT 1 FROM source_pages p WHERE p.tenant_id = d.tenant_id AND p.document_id = d.id) \
               ORDER BY d.id LIMIT 1";
    let values: [Value; 2] = [tx.tenant().uuid().into(), url.into()];
    let rows: Vec<Id> = tx.rows(sql, values).await?;
    Ok(rows.first().map(|row| DocumentId::from_uuid(row.id)))
}

/// The page of the source with this address, if there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn find(tx: &Tx<TenantScope>, source: SourceId, url: &str) -> Result<Option<SourcePage>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND url = $3"
    );
    let key = [tx.tenant().uuid().into(), source.uuid().into(), url.into()];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter()
        .next()
        .map(SourcePage::try_from)
        .transpose()
}

/// Where a page led when it was last read.
///
/// # Errors
/// When the database can't be read.
pub async fn links(tx: &Tx<TenantScope>, source: SourceId, page: PageId) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Links {
        links: Option<String>,
    }
    let sql = "SELECT links FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND id = $3";
    let key = [
        tx.tenant().uuid().into(),
        source.uuid().into(),
        page.uuid().into(),
    ];
    let rows: Vec<Links> = tx.rows(sql, key).await?;
    match rows.into_iter().next().and_then(|row| row.links) {
        Some(json) => {
            serde_json::from_str(&json).map_err(|error| Error::corrupt("list of links", error))
        }
        None => Ok(Vec::new()),
    }
}

/// Lets the documents of a source go their own way: none is its any more.
///
/// # Errors
/// When the database can't be written.
pub async fn release(tx: &Tx<TenantScope>, source: SourceId) -> Result<()> {
    tx.execute(
        "UPDATE source_pages SET document_id = NULL WHERE tenant_id = $1 AND source_id = $2",
        [tx.tenant().uuid().into(), source.uuid().into()],
    )
    .await?;
    Ok(())
}

/// Forgets an address.
///
/// # Errors
/// [`Error::Stale`] when it is no longer there.
pub async fn forget(tx: &Tx<TenantScope>, source: SourceId, page: PageId) -> Result<()> {
    let gone = tx
        .execute(
            "DELETE FROM source_pages WHERE tenant_id = $1 AND source_id = $2 AND id = $3",
            [
                tx.tenant().uuid().into(),
                source.uuid().into(),
                page.uuid().into(),
            ],
        )
        .await?;
    (gone.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

/// The pages of a source in the order in which they were found, after `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn pages(
    tx: &Tx<TenantScope>,
    source: SourceId,
    status: Option<PageStatus>,
    after: Option<PageId>,
    limit: u64,
) -> Result<Page<SourcePage>> {
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    conditions.add("source_id =", source.uuid());
    conditions.add("kind =", PageKind::Page.as_str());
    if let Some(status) = status {
        conditions.add("status =", status.as_str());
    }
    if let Some(after) = after {
        conditions.add("id >", after.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM source_pages WHERE {condition} ORDER BY id LIMIT {}",
        limit + 1
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let pages = rows.into_iter().map(SourcePage::try_from);
    Ok(Page::of(pages.collect::<Result<_>>()?, limit))
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    url: String,
    kind: String,
    depth: i32,
    hops: i32,
    seen: i32,
    visited: i32,
    attempts: i32,
    status: String,
    reason_code: Option<String>,
    reason: Option<String>,
    http_status: Option<i32>,
    etag: Option<String>,
    last_modified: Option<String>,
    content_hash: Option<Vec<u8>>,
    title: Option<String>,
    document_id: Option<Uuid>,
    bytes: i64,
    fetched_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for SourcePage {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let content_hash = row.content_hash.map(|hash| {
            let found = hash.len();
            <[u8; 32]>::try_from(hash)
                .map_err(|_| Error::corrupt("content hash", format!("it has {found} bytes")))
        });
        let kind = row.kind.parse();
        let status = row.status.parse();
        Ok(Self {
            id: PageId::from_uuid(row.id),
            url: row.url,
            kind: kind.map_err(|error| Error::corrupt("page kind", error))?,
            depth: u32::try_from(row.depth).unwrap_or(0),
            hops: u32::try_from(row.hops).unwrap_or(0),
            seen: row.seen,
            visited: row.visited,
            attempts: row.attempts,
            status: status.map_err(|error| Error::corrupt("page status", error))?,
            reason: row.reason_code.map(|code| Failure {
                code,
                message: row.reason.unwrap_or_default(),
            }),
            http_status: row
                .http_status
                .and_then(|status| u16::try_from(status).ok()),
            etag: row.etag,
            last_modified: row.last_modified,
            content_hash: content_hash.transpose()?,
            title: row.title,
            document: row.document_id.map(DocumentId::from_uuid),
            bytes: u64::try_from(row.bytes).unwrap_or(0),
            fetched_at: row.fetched_at,
        })
    }
}
