//! Documents and their versions.
//!
//! A document has a newest `version`, which the chain works on, and a `live_version`, which answers. Every
//! change made by the chain names the version it is for and changes nothing once that is no longer the
//! newest, so a late step can't disturb a newer upload or bring a deleted document back.

mod chain;
mod missing;
mod stamp;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ExprTrait, QueryOrder, QuerySelect, entity::prelude::*};
use wafaa_domain::{DocumentId, DocumentStatus, Failure, TenantScope};

use crate::{Database, Error, Page, Result, Tx, entity::document as entity, room};

pub use chain::{fail, publish, set_language, set_parsed, set_progress, set_source_url, touch};
pub use missing::missing;
pub use stamp::stamp;

/// A document as its tenant sees it.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// What it is called in citations.
    pub title: String,
    /// The name it was uploaded under.
    pub filename: String,
    /// MIME type found in the content; known once parsed.
    pub media_type: Option<String>,
    /// ISO 639-1 code given at upload, or found in the text.
    pub language: Option<String>,
    /// Size of the newest version.
    pub bytes: u64,
    /// Where the newest version stands.
    pub status: DocumentStatus,
    /// Why it failed, when it did.
    pub error: Option<Failure>,
    /// The newest version, from 1.
    pub version: i32,
    /// The version that answers, if any does.
    pub live_version: Option<i32>,
    /// Pages of the newest version; 0 when it has none, or isn't parsed yet.
    pub pages: u32,
    /// Chunks of the newest version.
    pub chunks: u32,
    /// How far the chain is, in percent.
    pub progress: u32,
    /// The web page it is, when it is one.
    pub source_url: Option<String>,
    /// When it was first uploaded.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A document to add.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Chosen by the caller, who stores the content under it first.
    pub id: DocumentId,
    /// What it is called in citations.
    pub title: String,
    /// The name it was uploaded under.
    pub filename: String,
    /// ISO 639-1 code, when the tenant gave one.
    pub language: Option<String>,
    /// Size of the content.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// What an answer needs of a document that is live.
#[derive(Debug, Clone)]
pub struct LiveDocument {
    /// What it is called in citations.
    pub title: String,
    /// The web page that it is, when it comes from a source.
    pub source_url: Option<String>,
    /// The version that answers.
    pub version: i32,
}

/// Adds a document at version 1.
///
/// # Errors
/// [`Error::Full`] when the tenant may not keep so much; [`Error::AlreadyExists`] when it has a document with
/// the same content.
pub async fn create(tx: &Tx<TenantScope>, new: NewDocument) -> Result<Document> {
    room::check(tx, 0, new.bytes).await?;
    let now = Utc::now();
    let row = entity::ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(tx.tenant().uuid()),
        title: Set(new.title),
        filename: Set(new.filename),
        media_type: Set(None),
        language: Set(new.language),
        bytes: Set(i64::try_from(new.bytes).unwrap_or(i64::MAX)),
        sha256: Set(new.sha256.to_vec()),
        status: Set(DocumentStatus::Queued.as_str().to_owned()),
        error_code: Set(None),
        error_message: Set(None),
        version: Set(1),
        live_version: Set(None),
        pages: Set(0),
        chunks: Set(0),
        progress: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        deleted_at: Set(None),
        source_url: Set(None),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    get(tx, new.id).await
}

fn of_tenant(tx: &Tx<TenantScope>) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DeletedAt.is_null())
}

/// A document of the tenant.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it has been deleted.
pub async fn get(tx: &Tx<TenantScope>, id: DocumentId) -> Result<Document> {
    of_tenant(tx)
        .filter(entity::Column::Id.eq(id.uuid()))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// The tenant's document with this content, if there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn by_content(tx: &Tx<TenantScope>, sha256: &[u8; 32]) -> Result<Option<Document>> {
    of_tenant(tx)
        .filter(entity::Column::Sha256.eq(sha256.to_vec()))
        .one(tx.connection())
        .await?
        .map(Document::try_from)
        .transpose()
}

/// The tenant's documents, newest first, before `before`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    status: Option<DocumentStatus>,
    before: Option<DocumentId>,
    limit: u64,
) -> Result<Page<Document>> {
    let mut query = of_tenant(tx)
        .order_by_desc(entity::Column::Id)
        .limit(limit + 1);
    if let Some(status) = status {
        query = query.filter(entity::Column::Status.eq(status.as_str()));
    }
    if let Some(before) = before {
        query = query.filter(entity::Column::Id.lt(before.uuid()));
    }
    let rows = query.all(tx.connection()).await?;
    Ok(Page::of(
        rows.into_iter()
            .map(Document::try_from)
            .collect::<Result<_>>()?,
        limit,
    ))
}

/// Which of these documents answer, and in which version.
///
/// # Errors
/// When the database can't be read.
pub async fn live(
    db: &Database,
    scope: &TenantScope,
    ids: &[DocumentId],
) -> Result<HashMap<DocumentId, LiveDocument>> {
    let tx = db.read(*scope).await?;
    let rows: Vec<(Uuid, String, Option<String>, Option<i32>)> = of_tenant(&tx)
        .select_only()
        .columns([
            entity::Column::Id,
            entity::Column::Title,
            entity::Column::SourceUrl,
            entity::Column::LiveVersion,
        ])
        .filter(entity::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .filter(entity::Column::LiveVersion.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, title, source_url, version)| {
            Some((
                DocumentId::from_uuid(id),
                LiveDocument {
                    title,
                    source_url,
                    version: version?,
                },
            ))
        })
        .collect())
}

/// Begins the next version, from other content, and answers the document with its new version.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Full`] when the tenant may not keep so much more; [`Error::AlreadyExists`]
/// when another document has this content.
pub async fn begin_version(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    filename: &str,
    bytes: u64,
    sha256: &[u8; 32],
) -> Result<Document> {
    room::check(tx, get(tx, id).await?.bytes, bytes).await?;
    let changed = entity::Entity::update_many()
        .col_expr(
            entity::Column::Version,
            Expr::col(entity::Column::Version).add(1),
        )
        .col_expr(entity::Column::Filename, Expr::value(filename))
        .col_expr(
            entity::Column::Bytes,
            Expr::value(i64::try_from(bytes).unwrap_or(i64::MAX)),
        )
        .col_expr(entity::Column::Sha256, Expr::value(sha256.to_vec()))
        .col_expr(
            entity::Column::Status,
            Expr::value(DocumentStatus::Queued.as_str()),
        )
        .col_expr(
            entity::Column::ErrorCode,
            Expr::value(Option::<String>::None),
        )
        .col_expr(
            entity::Column::ErrorMessage,
            Expr::value(Option::<String>::None),
        )
        .col_expr(entity::Column::Progress, Expr::value(0))
        .col_expr(entity::Column::UpdatedAt, Expr::value(Utc::now()))
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .filter(entity::Column::DeletedAt.is_null())
        .exec(tx.connection())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    get(tx, id).await
}

/// Changes what the document is called in citations.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn rename(tx: &Tx<TenantScope>, id: DocumentId, title: &str) -> Result<()> {
    chain::change(tx, id, &[(entity::Column::Title, title.into())]).await
}

/// Takes the document out of every answer and listing at once; its content goes with [`erase`].
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &Tx<TenantScope>, id: DocumentId) -> Result<()> {
    chain::change(
        tx,
        id,
        &[
            (entity::Column::DeletedAt, Utc::now().into()),
            (entity::Column::LiveVersion, Option::<i32>::None.into()),
        ],
    )
    .await
}

/// Removes the row of a deleted document, and its chunks. Idempotent.
///
/// # Errors
/// When the database can't be written.
pub async fn erase(tx: &Tx<TenantScope>, id: DocumentId) -> Result<()> {
    entity::Entity::delete_many()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .filter(entity::Column::DeletedAt.is_not_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The newest version of a deleted document whose content is yet to go.
///
/// # Errors
/// [`Error::NotFound`] when nothing is left of it.
pub async fn deleted_version(tx: &Tx<TenantScope>, id: DocumentId) -> Result<i32> {
    entity::Entity::find_by_id(id.uuid())
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DeletedAt.is_not_null())
        .one(tx.connection())
        .await?
        .map(|row| row.version)
        .ok_or(Error::NotFound)
}

impl TryFrom<entity::Model> for Document {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        let count = |n: i32| u32::try_from(n).unwrap_or(0);
        Ok(Self {
            id: DocumentId::from_uuid(row.id),
            title: row.title,
            filename: row.filename,
            media_type: row.media_type,
            language: row.language,
            bytes: u64::try_from(row.bytes).unwrap_or(0),
            status: row
                .status
                .parse()
                .map_err(|error| Error::corrupt("document status", error))?,
            error: row.error_code.map(|code| Failure {
                code,
                message: row.error_message.unwrap_or_default(),
            }),
            version: row.version,
            live_version: row.live_version,
            pages: count(row.pages),
            chunks: count(row.chunks),
            progress: count(row.progress),
            source_url: row.source_url,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
