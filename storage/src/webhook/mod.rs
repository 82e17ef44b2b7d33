//! Addresses of a tenant's own systems that are told what happens, and the log of what they were told.
//!
//! The secret that a telling is signed with is sealed before it comes here.

mod delivery;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{TenantScope, WebhookId};

use crate::{Error, Result, Tx, seal::Sealed, time::now};

pub use delivery::{
    Delivery, DeliveryStatus, Outcome, deliveries, delivery, outcome, record, replay,
};

/// Column list of [`Row`].
const COLUMNS: &str = "id, url, events, secret, enabled, disabled_reason, created_at, updated_at";

/// An address that is told what happens.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is told of; everything when empty.
    pub events: Vec<String>,
    /// What each telling is signed with.
    pub secret: Sealed,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why it is not, when we have decided so.
    pub disabled_reason: Option<String>,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An address to add.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Chosen by the caller, who has sealed the secret for it.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is told of; everything when empty.
    pub events: Vec<String>,
    /// What each telling is signed with.
    pub secret: Sealed,
}

/// What of an address is to change; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Where it is.
    pub url: Option<String>,
    /// What it is told of.
    pub events: Option<Vec<String>>,
    /// What each telling is signed with.
    pub secret: Option<Sealed>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

/// Adds an address.
///
/// # Errors
/// When the database can't be written.
pub async fn create(tx: &Tx<TenantScope>, new: NewWebhook) -> Result<Webhook> {
    let sql = format!(
        "INSERT INTO webhooks (tenant_id, id, url, events, secret, enabled, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, TRUE, $6, $6) RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        new.id.uuid().into(),
        new.url.into(),
        names(&new.events).into(),
        new.secret.0.into(),
        now(tx).into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// The tenant's addresses in order of arrival.
///
/// # Errors
/// When the database can't be read.
pub async fn list(tx: &Tx<TenantScope>) -> Result<Vec<Webhook>> {
    let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE tenant_id = $1 ORDER BY id");
    let rows: Vec<Row> = tx.rows(&sql, [tx.tenant().uuid().into()]).await?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// One of the tenant's addresses.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: WebhookId) -> Result<Webhook> {
    let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE tenant_id = $1 AND id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    one(tx.rows(&sql, key).await?)
}

/// Changes an address. Enabled, it has no reason any more not to be.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn update(tx: &Tx<TenantScope>, id: WebhookId, change: Change) -> Result<Webhook> {
    let sql = format!(
        "UPDATE webhooks SET url = COALESCE($3, url), events = COALESCE($4, events), \
         secret = COALESCE($5, secret), enabled = COALESCE($6, enabled), \
         disabled_reason = CASE WHEN COALESCE($6, enabled) THEN NULL ELSE disabled_reason END, updated_at = $7 \
         WHERE tenant_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        change.url.into(),
        change.events.as_deref().map(names).into(),
        change.secret.map(|sealed| sealed.0).into(),
        change.enabled.into(),
        now(tx).into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// Tells an address nothing any more, for this reason; answers whether that is news.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn disable(tx: &Tx<TenantScope>, id: WebhookId, reason: &str) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE webhooks SET enabled = FALSE, disabled_reason = $3, updated_at = $4 \
             WHERE tenant_id = $1 AND id = $2 AND enabled",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                reason.into(),
                now(tx).into(),
            ],
        )
        .await?;
    if changed.rows_affected() == 1 {
        return Ok(true);
    }
    get(tx, id).await.map(|_| false)
}

/// Removes an address, and the log of what it was told.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &Tx<TenantScope>, id: WebhookId) -> Result<()> {
    let gone = tx
        .execute(
            "DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2",
            [tx.tenant().uuid().into(), id.uuid().into()],
        )
        .await?;
    (gone.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

fn one(rows: Vec<Row>) -> Result<Webhook> {
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

fn names(names: &[String]) -> String {
    Value::from(names).to_string()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    url: String,
    events: String,
    secret: Vec<u8>,
    enabled: bool,
    disabled_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Webhook {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let events = serde_json::from_str(&row.events);
        Ok(Self {
            id: WebhookId::from_uuid(row.id),
            url: row.url,
            events: events.map_err(|error| Error::corrupt("list of events", error))?,
            secret: Sealed(row.secret),
            enabled: row.enabled,
            disabled_reason: row.disabled_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
