//! What channels' providers sent, kept as it was received, and what was read in it until that is taken in.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use sha2::{Digest as _, Sha256};
use wafaa_domain::{ChannelId, InboundEventId, SystemScope, TenantId, TenantScope};

use crate::{Error, Result, Tx, condition::Conditions, time::now};

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

/// What was read in an event, for later.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// It, in the words of whoever takes it in.
    pub told: &'a str,
    /// The trace to take it in by.
    pub trace_id: Option<&'a str>,
}

/// An event that is not taken in yet.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Pending {
    #[sea_orm(from_alias = "id")]
    uuid: Uuid,
    /// What was read in it.
    pub told: String,
    /// The trace to take it in by.
    pub trace_id: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

impl Pending {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> InboundEventId {
        InboundEventId::from_uuid(self.uuid)
    }
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

/// Keeps what a provider sent, unless the channel has brought the same bytes before, with what is to be taken in of
/// it, if anything. Of two who keep the same at once, the second waits for the first.
///
/// # Errors
/// When the tenant has no such channel, or the database can't be written.
pub async fn keep(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    raw: &[u8],
    reading: Option<Reading<'_>>,
) -> Result<Kept> {
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
    let rest: [Value; 6] = [
        id.uuid().into(),
        raw.to_vec().into(),
        now(tx).into(),
        reading.map(|_| true).into(),
        reading.map(|reading| reading.told).into(),
        reading.and_then(|reading| reading.trace_id).into(),
    ];
    let sql = "INSERT INTO inbound_events (tenant_id, channel_id, sha256, id, body, unsettled, received_at, pending, told, \
               trace_id) VALUES ($1, $2, $3, $4, $5, FALSE, $6, $7, $8, $9) \
               ON CONFLICT (tenant_id, channel_id, sha256) DO NOTHING";
    let values = key().into_iter().chain(rest);
    if tx.execute(sql, values).await?.rows_affected() == 1 {
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

/// The first events of a channel that are not taken in, in the order in which they came. Nobody else is answered
/// until the transaction ends.
///
/// # Errors
/// When the database can't be read.
pub async fn pending(tx: &Tx<TenantScope>, channel: ChannelId, limit: u64) -> Result<Vec<Pending>> {
    if tx.is_postgres() {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.execute(sql, [format!("inbox of {channel}").into()])
            .await?;
    }
    let sql = format!(
        "SELECT id, told, trace_id, received_at FROM inbound_events WHERE tenant_id = $1 AND channel_id = $2 AND pending \
         ORDER BY id LIMIT {limit}"
    );
    let of = [tx.tenant().uuid().into(), channel.uuid().into()];
    Ok(tx.rows(&sql, of).await?)
}

/// Whether an event of a channel that is not taken in yet says all of these.
///
/// # Errors
/// When the database can't be read.
pub async fn mentions(tx: &Tx<TenantScope>, channel: ChannelId, words: &[&str]) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Found {
        #[expect(dead_code, reason = "that there is a row is what counts")]
        id: Uuid,
    }
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    conditions.add("channel_id =", channel.uuid());
    conditions.add_sql("pending".to_owned());
    for word in words {
        conditions.add_part(tx.is_postgres(), "told", *word);
    }
    let (condition, values) = conditions.finish();
    let sql = format!("SELECT id FROM inbound_events WHERE {condition} LIMIT 1");
    let found: Vec<Found> = tx.rows(&sql, values).await?;
    Ok(!found.is_empty())
}

/// The channels that have events from before `before` which are not taken in, of all tenants.
///
/// # Errors
/// When the database can't be read.
pub async fn overdue(
    tx: &Tx<SystemScope>,
    before: DateTime<Utc>,
) -> Result<Vec<(TenantId, ChannelId)>> {
    #[derive(FromQueryResult)]
    struct Of {
        tenant_id: Uuid,
        channel_id: Uuid,
    }
    let sql = "SELECT DISTINCT e.tenant_id, e.channel_id FROM inbound_events e \
               JOIN channels c ON c.tenant_id = e.tenant_id AND c.id = e.channel_id \
               WHERE e.pending AND e.received_at < $1 AND c.deleted_at IS NULL";
    let rows: Vec<Of> = tx.rows(sql, [before.into()]).await?;
    let of = |row: Of| {
        (
            TenantId::from_uuid(row.tenant_id),
            ChannelId::from_uuid(row.channel_id),
        )
    };
    Ok(rows.into_iter().map(of).collect())
}

/// An event that was [put aside](put_aside), unless it is taken in.
///
/// # Errors
/// When the database can't be read.
pub async fn aside(tx: &Tx<TenantScope>, id: InboundEventId) -> Result<Option<Pending>> {
    let sql = "SELECT id, told, trace_id, received_at FROM inbound_events WHERE tenant_id = $1 AND id = $2 AND told IS NOT NULL";
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    Ok(tx.rows(sql, key).await?.into_iter().next())
}

/// Has an event no longer stand before those that came after it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn put_aside(tx: &Tx<TenantScope>, id: InboundEventId) -> Result<()> {
    set(tx, id, "pending = NULL", []).await
}

/// Notes that events are taken in. Their number is rounded up to a power of two, by naming the last one again, so that
/// few statements are prepared.
///
/// # Errors
/// [`Error::NotFound`] when one of them isn't there.
pub async fn taken_in(tx: &Tx<TenantScope>, ids: &[InboundEventId]) -> Result<()> {
    let Some(last) = ids.last() else {
        return Ok(());
    };
    let room = ids.len().next_power_of_two();
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    let named = ids.iter().chain(std::iter::repeat(last)).take(room);
    let named: Vec<String> = named.map(|id| conditions.bind(id.uuid())).collect();
    conditions.add_sql(format!("id IN ({})", named.join(", ")));
    let (condition, values) = conditions.finish();
    let sql = format!("UPDATE inbound_events SET pending = NULL, told = NULL WHERE {condition}");
    let changed = tx.execute(&sql, values).await?.rows_affected();
    usize::try_from(changed)
        .is_ok_and(|changed| changed == ids.len())
        .then_some(())
        .ok_or(Error::NotFound)
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
    set(tx, id, "unsettled = $3", [unsettled.into()]).await
}

/// Makes `changes`, whose parameters begin with `$3`.
async fn set<const N: usize>(
    tx: &Tx<TenantScope>,
    id: InboundEventId,
    changes: &str,
    values: [Value; N],
) -> Result<()> {
    let sql = format!("UPDATE inbound_events SET {changes} WHERE tenant_id = $1 AND id = $2");
    let key: [Value; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let changed = tx.execute(&sql, key.into_iter().chain(values)).await?;
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
