//! What channels' providers sent, kept as it was received.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use sha2::{Digest as _, Sha256};
use wafaa_domain::{ChannelId, InboundEventId, TenantScope};

use crate::{Error, Result, Tx, time::now};

/// Column list of [`Row`].
const COLUMNS: &str = "id, channel_id, body, unsettled, received_at";

/// Something a provider sent.
#[derive(Debug, Clone)]
pub struct InboundEvent {
    /// Its id.
    pub id: InboundEventId,
    /// By which channel it came.
    pub channel: ChannelId,
    /// It, byte for byte.
    pub body: Vec<u8>,
    /// Whether it tells of messages that were not known yet.
    pub unsettled: bool,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// What has become of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    New(InboundEventId),
    /// The very same had come by the channel before.
    Known(InboundEventId),
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    channel_id: Uuid,
    body: Vec<u8>,
    unsettled: bool,
    received_at: DateTime<Utc>,
}

impl From<Row> for InboundEvent {
    fn from(row: Row) -> Self {
        Self {
            id: InboundEventId::from_uuid(row.id),
            channel: ChannelId::from_uuid(row.channel_id),
            body: row.body,
            unsettled: row.unsettled,
            received_at: row.received_at,
        }
    }
}

/// Keeps what a provider sent, unless the channel has brought the same bytes before. Of two who keep the same at
/// once, the second waits for the first.
///
/// # Errors
/// When the tenant has no such channel, or the database can't be written.
pub async fn keep(tx: &Tx<TenantScope>, channel: ChannelId, raw: &[u8]) -> Result<Kept> {
    #[derive(FromQueryResult)]
    struct Id {
        id: Uuid,
    }
    let id = InboundEventId::new();
    let sha256 = Sha256::digest(raw).to_vec();
    let key = || -> [Value; 3] {
        [
            tx.tenant().uuid().into(),
            channel.uuid().into(),
            sha256.clone().into(),
        ]
    };
    let rest: [Value; 3] = [id.uuid().into(), raw.to_vec().into(), now(tx).into()];
    let added = tx
        .execute(
            "INSERT INTO inbound_events (tenant_id, channel_id, sha256, id, body, unsettled, received_at) \
             VALUES ($1, $2, $3, $4, $5, FALSE, $6) ON CONFLICT (tenant_id, channel_id, sha256) DO NOTHING",
            key().into_iter().chain(rest),
        )
        .await?;
    if added.rows_affected() == 1 {
        return Ok(Kept::New(id));
    }
    let known: Vec<Id> = tx
        .rows(
            "SELECT id FROM inbound_events WHERE tenant_id = $1 AND channel_id = $2 AND sha256 = $3",
            key(),
        )
        .await?;
    let known = known.first().ok_or(Error::Stale)?;
    Ok(Kept::Known(InboundEventId::from_uuid(known.id)))
}

/// Something that was kept.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: InboundEventId) -> Result<InboundEvent> {
    let sql = format!("SELECT {COLUMNS} FROM inbound_events WHERE tenant_id = $1 AND id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter()
        .next()
        .map(Into::into)
        .ok_or(Error::NotFound)
}

/// Notes whether it tells of messages that are not known yet.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_unsettled(
    tx: &Tx<TenantScope>,
    id: InboundEventId,
    unsettled: bool,
) -> Result<()> {
    let changed = tx
        .execute(
            "UPDATE inbound_events SET unsettled = $3 WHERE tenant_id = $1 AND id = $2",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                unsettled.into(),
            ],
        )
        .await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// Those that tell of messages that were not known when they came, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn unsettled(tx: &Tx<TenantScope>, limit: u64) -> Result<Vec<InboundEvent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM inbound_events WHERE tenant_id = $1 AND unsettled ORDER BY id LIMIT {limit}"
    );
    let rows: Vec<Row> = tx.rows(&sql, [tx.tenant().uuid().into()]).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
