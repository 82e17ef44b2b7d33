//! `watch_token`: a channel's access token is renewed before it runs out, or its people are warned.
//!
//! When it runs out is asked of Meta where the channel names its app, and else known from the login that gave it. A
//! token that can't be renewed is a warning a week, and again a day before its end, and then at it: the channel is to be
//! connected anew, the tenant's own systems are told, and so is whoever listens live.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wafaa_channels::{Account, SendError, oauth};
use wafaa_domain::{ChannelId, ChannelKind, Lane};
use wafaa_storage::{
    Error, audit,
    channel::{self, Channel, Status, Warning, Watched},
    seal::Sealed,
};

use super::{Kind, account, missing};
use crate::{
    Context, Done, Failure, Finish,
    conversation::{event, tell_systems},
};

/// A channel is looked at once in so many seconds.
const PERIOD: i64 = 6 * 60 * 60;

/// Looks after the token of one channel.
#[derive(Debug, Serialize, Deserialize)]
pub struct WatchToken {
    /// Which channel.
    pub channel: ChannelId,
    /// In which period since the epoch.
    pub period: i64,
}

impl WatchToken {
    /// The channel is to be looked at in the period of this moment.
    #[must_use]
    pub const fn at(channel: ChannelId, now: DateTime<Utc>) -> Self {
        Self {
            channel,
            period: now.timestamp().div_euclid(PERIOD),
        }
    }

    /// Whether there is anything to look at: an end that comes near, or one that can be asked for.
    pub(crate) fn is_due(watched: &Watched, now: DateTime<Utc>) -> bool {
        let is_near = watched
            .token_expires_at
            .is_some_and(|at| Warning::due(at, now).is_some());
        let can_ask = watched.settings["app_id"].is_string();
        // Instagram's own login tells the end only when the token is renewed.
        let may_renew =
            watched.kind == ChannelKind::Instagram && watched.token_expires_at.is_none();
        is_near || can_ask || may_renew
    }
}

impl Kind for WatchToken {
    const KIND: &'static str = "watch_token";
    const LANE: Lane = Lane::Maintenance;
    /// The next period has a job of its own.
    const MAX_ATTEMPTS: i32 = 4;
    const TIMEOUT: Duration = Duration::from_secs(120);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("watch_token:{}:{}", self.channel, self.period))
    }

    fn parent(&self) -> Option<String> {
        Some(self.channel.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let channel = channel::get(&tx, self.channel).await.map_err(missing)?;
        tx.commit().await?;
        let Some(sealed) = channel.secrets.clone().filter(|_| channel.enabled) else {
            return context.done().await;
        };
        let account = account(context.services(), context.scope(), &channel)?;
        let expires_at = end(context, &channel, &account).await?;
        let now = Utc::now();
        let warning = expires_at.and_then(|at| Warning::due(at, now));
        let is_renewable = match warning {
            Some(Warning::Week | Warning::Day) => true,
            Some(Warning::Over) => false,
            // How long it has nobody knows.
            None => expires_at.is_none() && oauth::app_of(&account).is_none(),
        };
        if is_renewable
            && let Some(token) = renewed(context, &account).await?
            && expires_at.is_none_or(|before| token.expires_at.is_none_or(|at| at > before))
        {
            return keep(context, &channel, &account, &sealed, token).await;
        }
        let tx = context.finish().await?;
        if expires_at != channel.token_expires_at {
            channel::set_token_expiry(&tx, channel.id, expires_at).await?;
        }
        if let Some((at, warning)) = expires_at.zip(warning)
            && channel::warn(&tx, channel.id, warning).await?
        {
            warn(&tx, &channel, at, warning).await?;
        }
        tx.commit().await
    }
}

/// When the token runs out, as its app says or as it was known before.
async fn end(
    context: &Context,
    channel: &Channel,
    account: &Account,
) -> Result<Option<DateTime<Utc>>, Failure> {
    let known = channel.token_expires_at;
    let (Some(app), Some(token)) = (oauth::app_of(account), account.secret("access_token")) else {
        return Ok(known);
    };
    let channels = &context.services().channels;
    match oauth::inspect(channels, &app, account.kind, token).await {
        Ok(inspected) if inspected.valid => Ok(inspected.expires_at),
        // It was withdrawn, or ran out.
        Ok(_) => Ok(Some(known.map_or_else(Utc::now, |at| at.min(Utc::now())))),
        Err(error) => {
            passing(&error)?;
            tracing::warn!(channel = %channel.id, %error, "Meta says nothing of a channel's token");
            Ok(known)
        }
    }
}

/// A later token, if this one can be exchanged.
async fn renewed(context: &Context, account: &Account) -> Result<Option<oauth::Token>, Failure> {
    match oauth::renew(&context.services().channels, account).await {
        Some(Ok(token)) => Ok(Some(token)),
        Some(Err(error)) => {
            passing(&error)?;
            tracing::warn!(kind = %account.kind, %error, "a channel's token can't be renewed");
            Ok(None)
        }
        None => Ok(None),
    }
}

/// What passes by itself is tried again.
fn passing(error: &SendError) -> Result<(), Failure> {
    match error {
        SendError::Wait { after, detail } => Err(Failure::RetryAfter(*after, detail.clone())),
        SendError::Transient { detail } | SendError::Unknown { detail } => {
            Err(Failure::Retry(detail.clone()))
        }
        SendError::NeedsTemplate { .. }
        | SendError::Stop { .. }
        | SendError::Reconnect { .. }
        | SendError::Invalid { .. } => Ok(()),
    }
}

/// Keeps a renewed token, unless somebody has given the channel another meanwhile.
async fn keep(
    context: &Context,
    channel: &Channel,
    account: &Account,
    from: &Sealed,
    token: oauth::Token,
) -> Result<Done, Failure> {
    let expires_at = token.expires_at;
    let secrets = account.secrets.clone();
    let secrets = secrets.with("access_token", token.access_token);
    let row = channel.id.to_string();
    let sealer = &context.services().sealer;
    let to = sealer
        .seal(context.scope().tenant(), &row, &secrets.to_json())
        .map_err(Failure::retry)?;
    let tx = context.finish().await?;
    match channel::renew(&tx, channel.id, from, to, expires_at).await {
        Ok(()) => {}
        Err(Error::Stale) => {
            drop(tx);
            return context.done().await;
        }
        Err(error) => return Err(error.into()),
    }
    let detail = json!({ "expires_at": expires_at });
    audit::note(&tx, "channel.token_renewed", Some(&channel.id), detail).await?;
    tx.tell_of_channel(channel.id);
    tx.commit().await
}

async fn warn(
    tx: &Finish,
    channel: &Channel,
    at: DateTime<Utc>,
    warning: Warning,
) -> Result<(), Failure> {
    let day = at.format("%Y-%m-%d %H:%M UTC");
    let detail = match warning {
        Warning::Week | Warning::Day => format!(
            "The access token runs out on {day}: connect the channel anew, or save another token."
        ),
        Warning::Over => format!(
            "The access token ran out on {day}: connect the channel anew, or save another token."
        ),
    };
    channel::set_status(tx, channel.id, Status::Reconnect, Some(&detail)).await?;
    let data = json!({
        "channel_id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "expires_at": at,
        "expired": warning == Warning::Over,
        "detail": detail,
    });
    tell_systems(tx, event::CHANNEL_EXPIRING, data).await?;
    tx.tell_of_channel(channel.id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::Value;
    use wafaa_domain::TenantId;

    use super::*;

    fn watched(kind: ChannelKind, settings: Value, left: Option<TimeDelta>) -> Watched {
        Watched {
            tenant: TenantId::new(),
            id: ChannelId::new(),
            kind,
            settings,
            token_expires_at: left.map(|left| Utc::now() + left),
        }
    }

    #[test]
    fn a_token_is_looked_after_when_something_can_be_known_or_done() {
        let now = Utc::now();
        let app = || json!({ "app_id": "1234" });
        let whatsapp = ChannelKind::Whatsapp;
        let (near, far) = (Some(TimeDelta::days(6)), Some(TimeDelta::days(60)));
        for (watched, due) in [
            (watched(whatsapp, json!({}), None), false),
            (watched(whatsapp, json!({}), far), false),
            (watched(whatsapp, json!({}), near), true),
            (watched(whatsapp, app(), far), true),
            (watched(ChannelKind::Instagram, json!({}), None), true),
            (watched(ChannelKind::Instagram, json!({}), far), false),
        ] {
            assert_eq!(WatchToken::is_due(&watched, now), due, "{watched:?}");
        }
    }

    #[test]
    fn a_channel_is_looked_at_once_in_six_hours() {
        let id = ChannelId::new();
        let key = |hour: i64| {
            let at = DateTime::from_timestamp(hour * 3_600, 0).unwrap();
            WatchToken::at(id, at).dedupe_key()
        };
        assert_eq!(key(0), key(5));
        assert_ne!(key(5), key(6));
    }
}
