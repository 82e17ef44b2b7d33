//! Channels' secrets: sealed before they are stored, opened where a provider is spoken to.

use wafaa_channels::{Account, Secrets};
use wafaa_domain::{ChannelId, TenantId};
use wafaa_storage::{
    channel::Channel,
    seal::{Sealed, Sealer},
};

use crate::error::{Error, Result};

/// What the `channels` crate needs of a channel.
pub(crate) fn of(sealer: &Sealer, tenant: TenantId, channel: &Channel) -> Result<Account> {
    Ok(Account {
        kind: channel.kind,
        settings: channel.settings.clone(),
        secrets: opened(sealer, tenant, channel)?,
    })
}

/// A channel's secrets; none when it has none.
pub(crate) fn opened(sealer: &Sealer, tenant: TenantId, channel: &Channel) -> Result<Secrets> {
    let Some(sealed) = &channel.secrets else {
        return Ok(Secrets::default());
    };
    let row = channel.id.to_string();
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::Internal(format!("the secrets of {row} can't be opened: {error}"))
    };
    let plain = sealer
        .open(tenant, &row, sealed)
        .map_err(|error| unreadable(&error))?;
    Secrets::from_json(&plain).map_err(|error| unreadable(&error))
}

/// Secrets as they are stored under a channel's id; none when there are none.
pub(crate) fn sealed(
    sealer: &Sealer,
    tenant: TenantId,
    channel: ChannelId,
    secrets: &Secrets,
) -> Result<Option<Sealed>> {
    if secrets.is_empty() {
        return Ok(None);
    }
    let sealed = sealer.seal(tenant, &channel.to_string(), &secrets.to_json());
    sealed
        .map(Some)
        .map_err(|error| Error::Internal(format!("secrets can't be sealed: {error}")))
}
