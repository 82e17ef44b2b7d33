//! Changing channels.

use chrono::{DateTime, Utc};
use serde_json::Value;
use wafaa_domain::{ChannelId, TenantScope};

use super::{COLUMNS, Channel, Status, names, one};
use crate::{Error, Result, Tx, seal::Sealed, time::now};

/// What of a channel is to change; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What the tenant calls it.
    pub name: Option<String>,
    /// What anybody of the tenant may see.
    pub settings: Option<Value>,
    /// What nobody sees again, with the names.
    pub secrets: Option<(Sealed, Vec<String>)>,
    /// By what the provider calls it.
    pub external_id: Option<Option<String>>,
    /// When the new access token runs out, where that is known.
    pub token_expires_at: Option<Option<DateTime<Utc>>>,
    /// Whether it takes part at all.
    pub enabled: Option<bool>,
}

/// Changes a channel. With new settings or secrets it counts as working until it proves otherwise.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::AlreadyExists`] when the tenant has connected the same number or page already.
pub async fn update(tx: &Tx<TenantScope>, id: ChannelId, change: Change) -> Result<Channel> {
    let connected_anew = change.settings.is_some() || change.secrets.is_some();
    let (secrets, secret_names) = change.secrets.unzip();
    let renamed_outside = change.external_id.is_some();
    let has_new_token = change.token_expires_at.is_some();
    let sql = format!(
        "UPDATE channels SET name = COALESCE($3, name), settings = COALESCE($4, settings), \
         secrets = COALESCE($5, secrets), secret_names = COALESCE($6, secret_names), \
         external_id = CASE WHEN $7 THEN $8 ELSE external_id END, enabled = COALESCE($9, enabled), \
         status = CASE WHEN $10 THEN 'ok' ELSE status END, \
         status_detail = CASE WHEN $10 THEN NULL ELSE status_detail END, updated_at = $11, \
         token_expires_at = CASE WHEN $12 THEN $13 ELSE token_expires_at END, \
         token_warned = CASE WHEN $12 THEN NULL ELSE token_warned END \
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        change.name.into(),
        change.settings.map(|settings| settings.to_string()).into(),
        secrets.map(|sealed| sealed.0).into(),
        secret_names.as_deref().map(names).into(),
        renamed_outside.into(),
        change.external_id.flatten().into(),
        change.enabled.into(),
        connected_anew.into(),
        now(tx).into(),
        has_new_token.into(),
        change.token_expires_at.flatten().into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// Takes a channel out of use, its secrets and its token with it. Its conversations stay.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &Tx<TenantScope>, id: ChannelId) -> Result<()> {
    let gone = tx
        .execute(
            "UPDATE channels SET deleted_at = $3, updated_at = $3, enabled = FALSE, secrets = NULL, \
             secret_names = '[]', public_token = NULL WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
            [tx.tenant().uuid().into(), id.uuid().into(), now(tx).into()],
        )
        .await?;
    (gone.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// Notes whether a channel works, and answers whether that is news.
///
/// # Errors
/// When the database can't be written.
pub async fn set_status(
    tx: &Tx<TenantScope>,
    id: ChannelId,
    status: Status,
    detail: Option<&str>,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE channels SET status = $3, status_detail = $4, updated_at = $5 \
             WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL \
             AND (status <> $3 OR COALESCE(status_detail, '') <> COALESCE($4, ''))",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                status.as_str().into(),
                detail.map(str::to_owned).into(),
                now(tx).into(),
            ],
        )
        .await?;
    Ok(changed.rows_affected() == 1)
}
