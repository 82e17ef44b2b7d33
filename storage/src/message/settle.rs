//! What has become of a message that was to be sent. Each change is one compare-and-set.

use sea_orm::Value as Bound;
use serde_json::{Value, json};
use wafaa_domain::{Failure, MessageId, Stage, TenantScope};

use super::{Message, query::get, row::update};
use crate::{Error, Result, Tx, time::now, timeline};

/// The provider has accepted it. What the provider has said meanwhile, such as that it was read, stays.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it was not being sent, or the provider calls another message so.
pub async fn sent(
    tx: &Tx<TenantScope>,
    id: MessageId,
    provider_id: Option<&str>,
) -> Result<Message> {
    // A message that this channel knows by that id would be in its way.
    let changes = "status = CASE WHEN status IN ('sending', 'unknown') THEN 'sent' ELSE status END, \
                   provider_id = COALESCE($4, provider_id), error_code = NULL, error_message = NULL, \
                   changed_at = $3";
    let from = "id = $2 AND status IN ('sending', 'unknown', 'sent', 'delivered', 'read') \
                AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.tenant_id = $1 \
                AND o.channel_id = messages.channel_id AND o.provider_id = $4 AND o.id <> $2)";
    let provider = provider_id.map(str::to_owned).into();
    let values = [id.uuid().into(), now(tx).into(), provider];
    settled(tx, id, changes, from, values, Stage::Sent, json!({})).await
}

/// The provider has refused it, or nobody could send it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it was neither to be sent nor being sent.
pub async fn failed(tx: &Tx<TenantScope>, id: MessageId, error: &Failure) -> Result<Message> {
    let changes = "status = 'failed', error_code = $4, error_message = $5, changed_at = $3";
    let from = "id = $2 AND status IN ('queued', 'sending', 'unknown')";
    let values = [
        id.uuid().into(),
        now(tx).into(),
        error.code.as_str().into(),
        error.message.as_str().into(),
    ];
    settled(
        tx,
        id,
        changes,
        from,
        values,
        Stage::Failed,
        json!({"code": error.code}),
    )
    .await
}

/// Nobody knows whether it was sent.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it was not being sent.
pub async fn unknown(tx: &Tx<TenantScope>, id: MessageId) -> Result<Message> {
    let values = [id.uuid().into(), now(tx).into()];
    let from = "id = $2 AND status = 'sending'";
    let changes = "status = 'unknown', changed_at = $3";
    settled(tx, id, changes, from, values, Stage::Unknown, json!({})).await
}

/// It was surely not sent, and is to be sent later.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it was not being sent.
pub async fn defer(tx: &Tx<TenantScope>, id: MessageId, why: &str) -> Result<Message> {
    let values = [id.uuid().into(), now(tx).into()];
    let from = "id = $2 AND status = 'sending'";
    let changes = "status = 'queued', changed_at = $3";
    settled(
        tx,
        id,
        changes,
        from,
        values,
        Stage::Deferred,
        json!({"why": why}),
    )
    .await
}

/// A person has decided that it is to be sent anew, whatever has been said since.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it has neither failed nor is unknown.
pub async fn resend(tx: &Tx<TenantScope>, id: MessageId) -> Result<Message> {
    let values = [id.uuid().into(), now(tx).into()];
    let from = "id = $2 AND status IN ('failed', 'unknown')";
    let changes = "status = 'queued', insisted = TRUE, provider_id = NULL, error_code = NULL, \
                   error_message = NULL, changed_at = $3";
    let by = json!({"by": tx.scope().actor().to_string()});
    settled(tx, id, changes, from, values, Stage::Resent, by).await
}

async fn settled<const N: usize>(
    tx: &Tx<TenantScope>,
    id: MessageId,
    changes: &str,
    from: &str,
    values: [Bound; N],
    stage: Stage,
    detail: Value,
) -> Result<Message> {
    let changed = update(tx, changes, from, values).await?;
    let Some(message) = changed.into_iter().next() else {
        get(tx, id).await?;
        return Err(Error::Stale);
    };
    timeline::note(tx, id, stage, detail).await?;
    Ok(message)
}
