//! Canned replies: what a tenant's people say often.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{CannedReplyId, TenantScope};

use crate::{Error, Result, Tx, time::now};

/// Column list of [`Row`].
const COLUMNS: &str = "id, title, text, created_at, updated_at";

/// Something that is said often.
#[derive(Debug, Clone)]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// By what people find it.
    pub title: String,
    /// What is said.
    pub text: String,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    title: String,
    text: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for CannedReply {
    fn from(row: Row) -> Self {
        Self {
            id: CannedReplyId::from_uuid(row.id),
            title: row.title,
            text: row.text,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Adds one.
///
/// # Errors
/// [`Error::AlreadyExists`] when the tenant has one with this title.
pub async fn create(tx: &Tx<TenantScope>, title: &str, text: &str) -> Result<CannedReply> {
    let sql = format!(
        "INSERT INTO canned_replies (tenant_id, id, title, text, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5) RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        CannedReplyId::new().uuid().into(),
        title.into(),
        text.into(),
        now(tx).into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// The tenant's, by their titles.
///
/// # Errors
/// When the database can't be read.
pub async fn list(tx: &Tx<TenantScope>) -> Result<Vec<CannedReply>> {
    let sql =
        format!("SELECT {COLUMNS} FROM canned_replies WHERE tenant_id = $1 ORDER BY title, id");
    let rows: Vec<Row> = tx.rows(&sql, [tx.tenant().uuid().into()]).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// One of the tenant's.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: CannedReplyId) -> Result<CannedReply> {
    let sql = format!("SELECT {COLUMNS} FROM canned_replies WHERE tenant_id = $1 AND id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    one(tx.rows(&sql, key).await?)
}

/// Changes one.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::AlreadyExists`] when another one has this title.
pub async fn update(
    tx: &Tx<TenantScope>,
    id: CannedReplyId,
    title: &str,
    text: &str,
) -> Result<CannedReply> {
    let sql = format!(
        "UPDATE canned_replies SET title = $3, text = $4, updated_at = $5 \
         WHERE tenant_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        title.into(),
        text.into(),
        now(tx).into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// Removes one.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &Tx<TenantScope>, id: CannedReplyId) -> Result<()> {
    let gone = tx
        .execute(
            "DELETE FROM canned_replies WHERE tenant_id = $1 AND id = $2",
            [tx.tenant().uuid().into(), id.uuid().into()],
        )
        .await?;
    (gone.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

fn one(rows: Vec<Row>) -> Result<CannedReply> {
    let row = rows.into_iter().next();
    row.map(Into::into).ok_or(Error::NotFound)
}
