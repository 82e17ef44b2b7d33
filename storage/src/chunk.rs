//! The chunks of a document's version: what is embedded, previewed and cited.

use std::ops::Range;

use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};
use wafaa_domain::{ChunkId, DocumentId, TenantScope};

use crate::{
    Error, Page, Result, Tx,
    entity::{chunk as entity, document as document_entity},
};

/// Rows in one INSERT; SQLite allows 32,766 parameters.
const INSERT_ROWS: usize = 500;

/// A passage of a version of a document.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Its id.
    pub id: ChunkId,
    /// Its place in the document, from 0.
    pub ordinal: i32,
    /// The page it begins on, from 1, when the document has pages.
    pub page: Option<u32>,
    /// The headings above it, outermost first.
    pub heading: Vec<String>,
    /// The passage itself.
    pub text: String,
    /// ISO 639-1 code.
    pub language: String,
    /// Byte range in the text of the whole document.
    pub span: Range<u64>,
    /// Tokens of heading and text.
    pub tokens: u32,
    /// Byte ranges of its sentences in `text`.
    pub sentences: Vec<Range<u32>>,
    /// SHA-256 of what is embedded.
    pub content_hash: [u8; 32],
}

/// Puts the chunks of a version in place of any left there by an earlier attempt.
///
/// # Errors
/// [`Error::NotFound`] when the tenant has no such document.
pub async fn replace(
    tx: &Tx<TenantScope>,
    document: DocumentId,
    version: i32,
    chunks: &[Chunk],
) -> Result<()> {
    let documents = document_entity::Entity::find_by_id(document.uuid())
        .filter(document_entity::Column::TenantId.eq(tx.tenant().uuid()));
    if documents.count(tx.connection()).await? == 0 {
        return Err(Error::NotFound);
    }
    version_of(tx, document, version)
        .exec(tx.connection())
        .await?;
    for rows in chunks.chunks(INSERT_ROWS) {
        let rows = rows
            .iter()
            .map(|chunk| row(tx, document, version, chunk))
            .collect::<Result<Vec<_>>>()?;
        entity::Entity::insert_many(rows)
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// The chunks of a version with ordinals in `range`, in order.
///
/// # Errors
/// When the database can't be read.
pub async fn range(
    tx: &Tx<TenantScope>,
    document: DocumentId,
    version: i32,
    range: Range<i32>,
) -> Result<Vec<Chunk>> {
    let rows = entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DocumentId.eq(document.uuid()))
        .filter(entity::Column::Version.eq(version))
        .filter(entity::Column::Ordinal.gte(range.start))
        .filter(entity::Column::Ordinal.lt(range.end))
        .order_by_asc(entity::Column::Ordinal)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Chunk::try_from).collect()
}

/// A page of the chunks of a version, after ordinal `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    document: DocumentId,
    version: i32,
    after: Option<i32>,
    limit: u64,
) -> Result<Page<Chunk>> {
    let rows = entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DocumentId.eq(document.uuid()))
        .filter(entity::Column::Version.eq(version))
        .filter(entity::Column::Ordinal.gt(after.unwrap_or(-1)))
        .order_by_asc(entity::Column::Ordinal)
        .limit(limit + 1)
        .all(tx.connection())
        .await?;
    Ok(Page::of(
        rows.into_iter()
            .map(Chunk::try_from)
            .collect::<Result<_>>()?,
        limit,
    ))
}

/// Removes the chunks of every version but `kept`.
///
/// # Errors
/// When the database can't be written.
pub async fn remove_others(tx: &Tx<TenantScope>, document: DocumentId, kept: i32) -> Result<()> {
    entity::Entity::delete_many()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DocumentId.eq(document.uuid()))
        .filter(entity::Column::Version.ne(kept))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn version_of(
    tx: &Tx<TenantScope>,
    document: DocumentId,
    version: i32,
) -> sea_orm::DeleteMany<entity::Entity> {
    entity::Entity::delete_many()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DocumentId.eq(document.uuid()))
        .filter(entity::Column::Version.eq(version))
}

fn row(
    tx: &Tx<TenantScope>,
    document: DocumentId,
    version: i32,
    chunk: &Chunk,
) -> Result<entity::ActiveModel> {
    let json =
        |value: serde_json::Result<String>| value.map_err(|error| Error::corrupt("chunk", error));
    let offset = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(entity::ActiveModel {
        id: Set(chunk.id.uuid()),
        tenant_id: Set(tx.tenant().uuid()),
        document_id: Set(document.uuid()),
        version: Set(version),
        ordinal: Set(chunk.ordinal),
        page: Set(chunk.page.and_then(|page| i32::try_from(page).ok())),
        heading: Set(json(serde_json::to_string(&chunk.heading))?),
        text: Set(chunk.text.clone()),
        language: Set(chunk.language.clone()),
        start: Set(offset(chunk.span.start)),
        end: Set(offset(chunk.span.end)),
        tokens: Set(i32::try_from(chunk.tokens).unwrap_or(i32::MAX)),
        sentences: Set(json(serde_json::to_string(&chunk.sentences))?),
        content_hash: Set(chunk.content_hash.to_vec()),
    })
}

impl TryFrom<entity::Model> for Chunk {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        let unreadable = |error: serde_json::Error| Error::corrupt("chunk", error);
        let offset = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(Self {
            id: ChunkId::from_uuid(row.id),
            ordinal: row.ordinal,
            page: row.page.and_then(|page| u32::try_from(page).ok()),
            heading: serde_json::from_str(&row.heading).map_err(unreadable)?,
            text: row.text,
            language: row.language,
            span: offset(row.start)..offset(row.end),
            tokens: u32::try_from(row.tokens).unwrap_or(0),
            sentences: serde_json::from_str(&row.sentences).map_err(unreadable)?,
            content_hash: row
                .content_hash
                .try_into()
                .map_err(|_| Error::corrupt("chunk", "its content hash isn't 32 bytes long"))?,
        })
    }
}
