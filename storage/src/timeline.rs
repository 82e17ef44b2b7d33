//! A message's timeline: everything that has happened to it, in order.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{MessageId, Stage, TenantScope};

use crate::{Error, Result, Tx, message, time::now};

/// Something that has happened to a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What.
    pub stage: Stage,
    /// When.
    pub at: DateTime<Utc>,
    /// What else is known of it.
    pub detail: Value,
}

/// Notes that something has happened to a message.
///
/// # Errors
/// When there is no such message in the tenant, or the database can't be written.
pub async fn note(
    tx: &Tx<TenantScope>,
    message: MessageId,
    stage: Stage,
    detail: Value,
) -> Result<()> {
    note_all(tx, &[(message, stage, detail)]).await
}

/// Notes what has happened to several messages, in this order.
///
/// # Errors
/// The same.
pub async fn note_all(tx: &Tx<TenantScope>, notes: &[(MessageId, Stage, Value)]) -> Result<()> {
    // Well within the parameters that a statement may have.
    for notes in notes.chunks(500) {
        let mut values = vec![tx.tenant().uuid().into(), now(tx).into()];
        let rows = notes.iter().map(|(message, stage, detail)| {
            values.extend([
                message.uuid().into(),
                Uuid::now_v7().into(),
                stage.as_str().into(),
                detail.to_string().into(),
            ]);
            let last = values.len();
            format!(
                "($1, $2, ${}, ${}, ${}, ${last})",
                last - 3,
                last - 2,
                last - 1
            )
        });
        let rows: Vec<String> = rows.collect();
        let sql = format!(
            "INSERT INTO message_stages (tenant_id, at, message_id, id, stage, detail) VALUES {}",
            rows.join(", ")
        );
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// What has happened to a message, in order.
///
/// # Errors
/// [`Error::NotFound`] when there is no such message.
pub async fn of(tx: &Tx<TenantScope>, message: MessageId) -> Result<Vec<Entry>> {
    let entries = entries(tx, message).await?;
    if entries.is_empty() {
        message::get(tx, message).await?;
    }
    Ok(entries)
}

async fn entries(tx: &Tx<TenantScope>, message: MessageId) -> Result<Vec<Entry>> {
    #[derive(FromQueryResult)]
    struct Row {
        stage: String,
        at: DateTime<Utc>,
        detail: String,
    }
    let rows: Vec<Row> = tx
        .rows(
            "SELECT stage, at, detail FROM message_stages WHERE tenant_id = $1 AND message_id = $2 ORDER BY at, id",
            [tx.tenant().uuid().into(), message.uuid().into()],
        )
        .await?;
    let entry = |row: Row| {
        let stage = row.stage.parse();
        let detail = serde_json::from_str(&row.detail);
        Ok(Entry {
            stage: stage.map_err(|error| Error::corrupt("stage", error))?,
            at: row.at,
            detail: detail.map_err(|error| Error::corrupt("timeline", error))?,
        })
    };
    rows.into_iter().map(entry).collect()
}
