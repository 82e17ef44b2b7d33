//! What a tenant's systems were told, and how that went.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value as Bound, entity::prelude::Uuid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wafaa_domain::{TenantScope, WebhookDeliveryId, WebhookId};

use super::list;
use crate::{Error, Page, Result, Tx, condition::Conditions, time::now};

/// Column list of [`Row`].
const COLUMNS: &str = "id, webhook_id, event_type, payload, status, attempts, http_status, error, next_at, created_at, finished_at";

/// Where a telling stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is still tried.
    Pending,
    /// The address has confirmed it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// The name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One telling of one event to one address.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its id, the same at every attempt.
    pub id: WebhookDeliveryId,
    /// Who is told.
    pub webhook: WebhookId,
    /// What kind of thing has happened.
    pub event_type: String,
    /// What is sent, byte for byte.
    pub payload: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts made.
    pub attempts: i32,
    /// What the address answered last.
    pub http_status: Option<i32>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it is tried again.
    pub next_at: Option<DateTime<Utc>>,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// When it was confirmed or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How an attempt went.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// The address has confirmed it.
    Delivered {
        /// How.
        http_status: i32,
    },
    /// It is to be tried again.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// What the address answered, if it did.
        http_status: Option<i32>,
        /// What went wrong.
        error: &'a str,
    },
    /// It is given up.
    Failed {
        /// What the address answered, if it did.
        http_status: Option<i32>,
        /// What went wrong.
        error: &'a str,
    },
}

/// Keeps what is to be told to each enabled address that wants to hear of it.
///
/// # Errors
/// When the database can't be written.
pub async fn record(
    tx: &Tx<TenantScope>,
    event_type: &str,
    payload: &Value,
) -> Result<Vec<WebhookDeliveryId>> {
    let mut told = Vec::new();
    let at = now(tx);
    for webhook in list(tx).await? {
        let wanted = webhook.events.is_empty() || webhook.events.iter().any(|e| e == event_type);
        if !webhook.enabled || !wanted {
            continue;
        }
        let id = WebhookDeliveryId::new();
        tx.execute(
            "INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, event_type, payload, status, attempts, \
             next_at, created_at) VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $6)",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                webhook.id.uuid().into(),
                event_type.into(),
                payload.to_string().into(),
                at.into(),
            ],
        )
        .await?;
        told.push(id);
    }
    Ok(told)
}

/// One telling.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delivery(tx: &Tx<TenantScope>, id: WebhookDeliveryId) -> Result<Delivery> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_deliveries WHERE tenant_id = $1 AND id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

/// What an address was told, newest first, before `before`.
///
/// # Errors
/// When the database can't be read.
pub async fn deliveries(
    tx: &Tx<TenantScope>,
    webhook: WebhookId,
    before: Option<WebhookDeliveryId>,
    limit: u64,
) -> Result<Page<Delivery>> {
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    conditions.add("webhook_id =", webhook.uuid());
    if let Some(before) = before {
        conditions.add("id <", before.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_deliveries WHERE {condition} ORDER BY id DESC LIMIT {}",
        limit + 1
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let deliveries = rows.into_iter().map(Delivery::try_from);
    Ok(Page::of(deliveries.collect::<Result<_>>()?, limit))
}

/// Notes how an attempt went.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it was confirmed or given up before.
pub async fn outcome(
    tx: &Tx<TenantScope>,
    id: WebhookDeliveryId,
    outcome: &Outcome<'_>,
) -> Result<()> {
    let (status, http_status, error, next_at) = match *outcome {
        Outcome::Delivered { http_status } => {
            (DeliveryStatus::Delivered, Some(http_status), None, None)
        }
        Outcome::Retry {
            at,
            http_status,
            error,
        } => (DeliveryStatus::Pending, http_status, Some(error), Some(at)),
        Outcome::Failed { http_status, error } => {
            (DeliveryStatus::Failed, http_status, Some(error), None)
        }
    };
    let finished = (status != DeliveryStatus::Pending).then(|| now(tx));
    let changes = "status = $3, attempts = attempts + 1, http_status = $4, error = $5, next_at = $6, \
                   finished_at = $7";
    let values = [
        status.as_str().into(),
        http_status.into(),
        error.map(str::to_owned).into(),
        next_at.into(),
        finished.into(),
    ];
    change(tx, id, changes, "status = 'pending'", values).await
}

/// Has it told again from the beginning.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is still tried.
pub async fn replay(tx: &Tx<TenantScope>, id: WebhookDeliveryId) -> Result<Delivery> {
    let changes = "status = 'pending', attempts = 0, http_status = NULL, error = NULL, next_at = $3, \
                   finished_at = NULL";
    change(tx, id, changes, "status <> 'pending'", [now(tx).into()]).await?;
    delivery(tx, id).await
}

/// Makes `changes`, whose parameters begin with `$3`, to a telling that is as `from` says.
async fn change<const N: usize>(
    tx: &Tx<TenantScope>,
    id: WebhookDeliveryId,
    changes: &str,
    from: &str,
    values: [Bound; N],
) -> Result<()> {
    let sql = format!(
        "UPDATE webhook_deliveries SET {changes} WHERE tenant_id = $1 AND id = $2 AND {from}"
    );
    let key: [Bound; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let changed = tx.execute(&sql, key.into_iter().chain(values)).await?;
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    delivery(tx, id).await?;
    Err(Error::Stale)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    webhook_id: Uuid,
    event_type: String,
    payload: String,
    status: String,
    attempts: i32,
    http_status: Option<i32>,
    error: Option<String>,
    next_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Delivery {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let mut known = [
            DeliveryStatus::Pending,
            DeliveryStatus::Delivered,
            DeliveryStatus::Failed,
        ]
        .into_iter();
        let status = known.find(|status| status.as_str() == row.status);
        Ok(Self {
            id: WebhookDeliveryId::from_uuid(row.id),
            webhook: WebhookId::from_uuid(row.webhook_id),
            event_type: row.event_type,
            payload: row.payload,
            status: status.ok_or_else(|| Error::corrupt("delivery status", row.status))?,
            attempts: row.attempts,
            http_status: row.http_status,
            error: row.error,
            next_at: row.next_at,
            created_at: row.created_at,
            finished_at: row.finished_at,
        })
    }
}
