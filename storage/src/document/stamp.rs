//! What tells whether a tenant's knowledge has changed.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use wafaa_domain::TenantScope;

use crate::{Result, Tx};

#[derive(FromQueryResult)]
struct Stamp {
    documents: i64,
    changed: Option<DateTime<Utc>>,
}

/// A text that differs whenever the documents that answer do.
///
/// # Errors
/// When the database can't be read.
pub async fn stamp(tx: &Tx<TenantScope>) -> Result<String> {
    let sql = "SELECT COUNT(*) AS documents, MAX(updated_at) AS changed FROM documents \
               WHERE tenant_id = $1 AND deleted_at IS NULL AND live_version IS NOT NULL";
    let rows: Vec<Stamp> = tx.rows(sql, [tx.tenant().uuid().into()]).await?;
    let stamp = rows.first();
    Ok(stamp.map_or_else(String::new, |stamp| {
        let changed = stamp.changed.map_or(0, |at| at.timestamp_micros());
        format!("{}@{changed}", stamp.documents)
    }))
}
