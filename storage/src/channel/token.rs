//! When channels' access tokens run out, of what their people were warned, and keeping a token that was renewed.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{ChannelId, ChannelKind, SystemScope, TenantId, TenantScope};

use crate::{Error, Result, Tx, seal::Sealed, time::now};

/// How near a token's end is, once that is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// It works for a week at the most.
    Week,
    /// For a day.
    Day,
    /// It has run out.
    Over,
}

impl Warning {
    /// What there is to warn of at a moment.
    #[must_use]
    pub fn due(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Self> {
        match expires_at - now {
            left if left <= TimeDelta::zero() => Some(Self::Over),
            left if left <= TimeDelta::days(1) => Some(Self::Day),
            left if left <= TimeDelta::days(7) => Some(Self::Week),
            _ => None,
        }
    }

    const fn rank(self) -> i32 {
        match self {
            Self::Week => 1,
            Self::Day => 2,
            Self::Over => 3,
        }
    }
}

/// A channel whose token may run out.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which channel.
    pub id: ChannelId,
    /// Which provider it goes through.
    pub kind: ChannelKind,
    /// What anybody of the tenant may see.
    pub settings: Value,
    /// When its token runs out, where that is known.
    pub token_expires_at: Option<DateTime<Utc>>,
}

/// The enabled channels of these kinds that have secrets, of all tenants.
///
/// # Errors
/// When the database can't be read.
pub async fn watched(tx: &Tx<SystemScope>, kinds: &[ChannelKind]) -> Result<Vec<Watched>> {
    #[derive(FromQueryResult)]
    struct Row {
        tenant_id: Uuid,
        id: Uuid,
        kind: String,
        settings: String,
        token_expires_at: Option<DateTime<Utc>>,
    }
    let kinds = kinds.iter().map(|kind| format!("'{kind}'"));
    let sql = format!(
        "SELECT tenant_id, id, kind, settings, token_expires_at FROM channels WHERE kind IN ({}) AND enabled \
         AND deleted_at IS NULL AND secrets IS NOT NULL ORDER BY tenant_id, id",
        kinds.collect::<Vec<_>>().join(", ")
    );
    let rows: Vec<Row> = tx.rows(&sql, []).await?;
    let watched = |row: Row| {
        let settings = serde_json::from_str(&row.settings);
        let kind = row.kind.parse();
        Ok(Watched {
            tenant: TenantId::from_uuid(row.tenant_id),
            id: ChannelId::from_uuid(row.id),
            kind: kind.map_err(|error| Error::corrupt("channel kind", error))?,
            settings: settings.map_err(|error| Error::corrupt("channel setting", error))?,
            token_expires_at: row.token_expires_at,
        })
    };
    rows.into_iter().map(watched).collect()
}

/// Notes when a channel's token runs out. Of a later end than was known nobody has been warned.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_token_expiry(
    tx: &Tx<TenantScope>,
    id: ChannelId,
    expires_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let noted = tx
        .execute(
            "UPDATE channels SET token_expires_at = $3, \
             token_warned = CASE WHEN token_expires_at >= $3 THEN token_warned END \
             WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                expires_at.into(),
            ],
        )
        .await?;
    (noted.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// Notes that a channel's people are warned, and answers whether they had not been of this or of worse.
///
/// # Errors
/// When the database can't be written.
pub async fn warn(tx: &Tx<TenantScope>, id: ChannelId, warning: Warning) -> Result<bool> {
    let warned = tx
        .execute(
            "UPDATE channels SET token_warned = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL \
             AND COALESCE(token_warned, 0) < $3",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                warning.rank().into(),
            ],
        )
        .await?;
    Ok(warned.rows_affected() == 1)
}

/// Puts secrets with a renewed token in the place of those that it was renewed from. A channel that was to be
/// connected anew works again.
///
/// # Errors
/// [`Error::Stale`] when the secrets are not these any more.
pub async fn renew(
    tx: &Tx<TenantScope>,
    id: ChannelId,
    from: &Sealed,
    to: Sealed,
    expires_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let renewed = tx
        .execute(
            "UPDATE channels SET secrets = $4, token_expires_at = $5, token_warned = NULL, \
             status_detail = CASE WHEN status = 'reconnect' THEN NULL ELSE status_detail END, \
             status = CASE WHEN status = 'reconnect' THEN 'ok' ELSE status END, updated_at = $6 \
             WHERE tenant_id = $1 AND id = $2 AND secrets = $3 AND deleted_at IS NULL",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                from.0.clone().into(),
                to.0.into(),
                expires_at.into(),
                now(tx).into(),
            ],
        )
        .await?;
    (renewed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_end_the_worse_the_warning() {
        let now = Utc::now();
        let due = |left| Warning::due(now + left, now);
        assert_eq!(due(TimeDelta::days(8)), None);
        assert_eq!(due(TimeDelta::days(7)), Some(Warning::Week));
        assert_eq!(due(TimeDelta::hours(25)), Some(Warning::Week));
        assert_eq!(due(TimeDelta::days(1)), Some(Warning::Day));
        assert_eq!(due(TimeDelta::zero()), Some(Warning::Over));
        assert_eq!(due(TimeDelta::days(-30)), Some(Warning::Over));
        assert!(Warning::Week < Warning::Day && Warning::Day < Warning::Over);
    }
}
