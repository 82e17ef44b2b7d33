//! What jobs write about a document, and about the version they work on.

use chrono::Utc;
use sea_orm::{Value, entity::prelude::*};
use wafaa_domain::{DocumentId, DocumentStatus, Failure, TenantScope};

use crate::{Error, Result, Tx, entity::document as entity};

type Changes<'a> = &'a [(entity::Column, Value)];

/// Notes the address of the page that a document is.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_source_url(tx: &Tx<TenantScope>, id: DocumentId, url: &str) -> Result<()> {
    change(tx, id, &[(entity::Column::SourceUrl, url.into())]).await
}

/// The version is parsed: what it is, and how many pages it has.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the newest.
pub async fn set_parsed(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    version: i32,
    media_type: &str,
    pages: u32,
) -> Result<()> {
    let pages = i32::try_from(pages).unwrap_or(i32::MAX);
    change_version(
        tx,
        id,
        version,
        &[
            (entity::Column::MediaType, media_type.into()),
            (entity::Column::Pages, pages.into()),
            (entity::Column::Progress, 15.into()),
        ],
    )
    .await
}

/// The version's language, when the tenant gave none, and its number of chunks.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the newest.
pub async fn set_language(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    version: i32,
    language: &str,
    chunks: usize,
) -> Result<()> {
    let chunks = i32::try_from(chunks).unwrap_or(i32::MAX);
    change_version(
        tx,
        id,
        version,
        &[
            (entity::Column::Language, language.into()),
            (entity::Column::Chunks, chunks.into()),
            (entity::Column::Progress, 20.into()),
        ],
    )
    .await
}

/// How far the version is, in percent.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the newest.
pub async fn set_progress(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    version: i32,
    percent: i32,
) -> Result<()> {
    change_version(
        tx,
        id,
        version,
        &[(entity::Column::Progress, percent.into())],
    )
    .await
}

/// Marks the version as being worked on.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the newest.
pub async fn touch(tx: &Tx<TenantScope>, id: DocumentId, version: i32) -> Result<()> {
    let status = DocumentStatus::Processing.as_str().into();
    change_version(tx, id, version, &[(entity::Column::Status, status)]).await
}

/// The version has failed; an older one goes on answering.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the newest.
pub async fn fail(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    version: i32,
    failure: &Failure,
) -> Result<()> {
    change_version(
        tx,
        id,
        version,
        &[
            (
                entity::Column::Status,
                DocumentStatus::Failed.as_str().into(),
            ),
            (entity::Column::ErrorCode, failure.code.as_str().into()),
            (
                entity::Column::ErrorMessage,
                failure.message.as_str().into(),
            ),
        ],
    )
    .await
}

/// From now on this version answers.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the newest.
pub async fn publish(tx: &Tx<TenantScope>, id: DocumentId, version: i32) -> Result<()> {
    change_version(
        tx,
        id,
        version,
        &[
            (
                entity::Column::Status,
                DocumentStatus::Ready.as_str().into(),
            ),
            (entity::Column::LiveVersion, Some(version).into()),
            (entity::Column::Progress, 100.into()),
            (entity::Column::ErrorCode, Option::<String>::None.into()),
            (entity::Column::ErrorMessage, Option::<String>::None.into()),
        ],
    )
    .await
}

async fn change_version(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    version: i32,
    changes: Changes<'_>,
) -> Result<()> {
    let changed = update(tx, id, changes)
        .filter(entity::Column::Version.eq(version))
        .exec(tx.connection())
        .await?;
    (changed.rows_affected == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

pub(super) async fn change(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    changes: Changes<'_>,
) -> Result<()> {
    let changed = update(tx, id, changes).exec(tx.connection()).await?;
    (changed.rows_affected == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

fn update(
    tx: &Tx<TenantScope>,
    id: DocumentId,
    changes: Changes<'_>,
) -> sea_orm::UpdateMany<entity::Entity> {
    let mut update = entity::Entity::update_many()
        .col_expr(entity::Column::UpdatedAt, Expr::value(Utc::now()))
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .filter(entity::Column::DeletedAt.is_null());
    for (column, value) in changes {
        update = update.col_expr(*column, Expr::value(value.clone()));
    }
    update
}
