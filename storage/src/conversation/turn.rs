//! How far the bot has come with a conversation.

use chrono::{DateTime, Utc};
use sea_orm::Value;
use wafaa_domain::{ConversationId, TenantScope};

use crate::{Error, Result, Tx};

/// Notes when the bot is to answer, or that it is not to.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_respond_due(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    due: Option<DateTime<Utc>>,
) -> Result<()> {
    set(tx, id, "respond_due = $3", [due.into()]).await
}

/// Notes that everything up to the customer's message `seq` was answered or decided about, and how many answers in
/// a row the bot was not sure of. Add the answer first: it remembers what was answered before it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn answered(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    seq: i64,
    low_confidence: i32,
) -> Result<()> {
    let changes = "answered_seq = $3, low_confidence = $4, respond_due = NULL";
    set(tx, id, changes, [seq.into(), low_confidence.into()]).await
}

/// Keeps what the messages up to number `up_to` were about.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_summary(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    summary: &str,
    up_to: i64,
) -> Result<()> {
    let changes = "summary = $3, summary_seq = $4";
    set(tx, id, changes, [summary.into(), up_to.into()]).await
}

/// Keeps what the customer thought of it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_csat(tx: &Tx<TenantScope>, id: ConversationId, score: i32) -> Result<()> {
    set(tx, id, "csat = $3", [score.into()]).await
}

/// Makes `changes`, whose parameters begin with `$3`.
async fn set<const N: usize>(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    changes: &str,
    values: [Value; N],
) -> Result<()> {
    let sql = format!("UPDATE conversations SET {changes} WHERE tenant_id = $1 AND id = $2");
    let key: [Value; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let changed = tx.execute(&sql, key.into_iter().chain(values)).await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}
