//! How channels are shown and described.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use serde_json::Value;
use wafaa_channels as channels;
use wafaa_domain::{ChannelKind, TenantId};
use wafaa_storage::{channel, seal::Sealer};

use super::oauth::Granted;
use crate::{
    auth::Member,
    error::{Error, Result},
    problem::FieldError,
    resource::{mirror::mirrored, time},
};

mirrored! {
    /// Which provider a channel goes through.
    Kind as "ChannelKind" of ChannelKind:
    /// The chat on the tenant's own web site.
    Web,
    /// The WhatsApp Cloud API.
    Whatsapp,
    /// Instagram direct messages.
    Instagram,
    /// Facebook Messenger.
    Messenger,
    /// A Telegram bot.
    Telegram,
    /// A Slack app.
    Slack,
}

mirrored! {
    /// Whether a channel works.
    Status as "ChannelStatus" of channel::Status:
    /// As far as is known.
    Ok,
    /// The provider refuses its credentials: give it new ones.
    Reconnect,
    /// Something else is wrong; `status_detail` says what.
    Error,
}

/// A way customers reach the tenant. Its secrets can be written, never read.
#[derive(Object)]
#[oai(rename = "Channel")]
pub(super) struct Shown {
    id: String,
    kind: Kind,
    name: String,
    /// What the provider calls things, such as `phone_number_id`; for `web` the allowed origins and the theme.
    settings: Value,
    /// Which secrets are set.
    secret_names: Vec<String>,
    /// What the chat on a web site names its channel by; only `web` has one.
    public_token: Option<String>,
    /// Where the provider is to send its webhooks; `web` has none.
    webhook_path: Option<String>,
    /// What the provider calls the account.
    external_id: Option<String>,
    /// Whether it takes in and sends anything.
    enabled: bool,
    status: Status,
    status_detail: Option<String>,
    /// When its access token runs out; null when it doesn't, or that isn't known.
    token_expires_at: Option<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Object)]
pub(super) struct NewChannel {
    kind: Kind,
    /// What the tenant's people call it.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// `whatsapp`: `phone_number_id`, `business_account_id`; `instagram`, `messenger`: `account_id`; all three:
    /// `app_id`, with which tokens are renewed; `slack`: `team_id`; `web`: `allowed_origins`, `theme`.
    settings: Option<Value>,
    /// `whatsapp`, `instagram`, `messenger`: `access_token`, `app_secret`, `verify_token`; `telegram`:
    /// `bot_token`, `secret_token`; `slack`: `bot_token`, `signing_secret`.
    secrets: Option<BTreeMap<String, String>>,
    /// In place of the `access_token`: what a login at Meta has granted.
    #[oai(validator(max_length = 4000))]
    grant: Option<String>,
}

/// What to change; the rest stays.
#[derive(Object)]
pub(super) struct ChannelChange {
    #[oai(validator(min_length = 1, max_length = 100))]
    name: Option<String>,
    /// Settings to change; null takes one away.
    settings: Option<Value>,
    /// Secrets to replace.
    secrets: Option<BTreeMap<String, String>>,
    /// In place of the `access_token`: what a login at Meta has granted.
    #[oai(validator(max_length = 4000))]
    grant: Option<String>,
    enabled: Option<bool>,
}

/// What there is to know of a channel before it is stored, checked.
pub(super) struct Described {
    pub(super) kind: ChannelKind,
    pub(super) name: String,
    pub(super) settings: Value,
    pub(super) secrets: channels::Secrets,
    /// Of a new access token: when it runs out, where that is known.
    pub(super) token_expires_at: Option<Option<DateTime<Utc>>>,
}

/// The secrets in a request.
struct Given {
    secrets: BTreeMap<String, String>,
    token_expires_at: Option<Option<DateTime<Utc>>>,
}

/// One thing that was looked at.
#[derive(Object)]
#[oai(rename = "ChannelCheck")]
struct Check {
    name: String,
    ok: bool,
    /// What was found.
    detail: String,
    /// What to do about it.
    remedy: Option<String>,
}

/// Whether a channel works, and what to do if it doesn't.
#[derive(Object)]
#[oai(rename = "ChannelHealth")]
pub(super) struct Health {
    ok: bool,
    /// Whether the credentials are what is wrong.
    reconnect: bool,
    /// What the provider calls the account.
    account: Option<String>,
    external_id: Option<String>,
    checks: Vec<Check>,
}

/// Where this installation is reached from outside.
#[derive(Object)]
pub(super) struct Connection {
    /// Such as `https://chat.example.com`; the webhook's path is put behind it.
    #[oai(validator(max_length = 500))]
    pub(super) base_url: String,
}

impl NewChannel {
    pub(super) fn checked(self, sealer: &Sealer, tenant: TenantId) -> Result<Described> {
        let given = Given::of(self.secrets, self.grant, sealer, tenant)?;
        let (secrets, token_expires_at) = given.map_or_else(Default::default, |given| {
            (given.secrets, given.token_expires_at)
        });
        let described = Described {
            kind: self.kind.into(),
            name: self.name,
            settings: self.settings.unwrap_or_else(|| serde_json::json!({})),
            secrets: channels::Secrets::new(secrets),
            token_expires_at,
        };
        described.checked()
    }
}

impl ChannelChange {
    /// The channel as it is to be, and which parts of it are new.
    pub(super) fn over(
        self,
        before: &channel::Channel,
        secrets: &channels::Secrets,
        sealer: &Sealer,
        tenant: TenantId,
    ) -> Result<(Described, channel::Change)> {
        let mut settings = before.settings.clone();
        let changes_settings = self.settings.is_some();
        merge(&mut settings, self.settings)?;
        let given = Given::of(self.secrets, self.grant, sealer, tenant)?;
        let changes_secrets = given.is_some();
        let token_expires_at = given.as_ref().and_then(|given| given.token_expires_at);
        let mut pairs: BTreeMap<String, String> = secrets
            .names()
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), secrets.get(name)?.to_owned())))
            .collect();
        pairs.extend(given.map(|given| given.secrets).unwrap_or_default());
        let change = channel::Change {
            name: self.name.clone(),
            settings: changes_settings.then(|| settings.clone()),
            enabled: self.enabled,
            token_expires_at,
            ..channel::Change::default()
        };
        let described = Described {
            kind: before.kind,
            name: self.name.unwrap_or_else(|| before.name.clone()),
            settings,
            secrets: channels::Secrets::new(pairs),
            token_expires_at,
        };
        // What it is called and whether it is on can be changed though the rest is incomplete.
        if changes_settings || changes_secrets {
            Ok((described.checked()?, change))
        } else {
            Ok((described, change))
        }
    }

    pub(super) const fn has_secrets(&self) -> bool {
        self.secrets.is_some() || self.grant.is_some()
    }
}

impl Given {
    /// The secrets in a request, with what a grant stands for.
    fn of(
        secrets: Option<BTreeMap<String, String>>,
        grant: Option<String>,
        sealer: &Sealer,
        tenant: TenantId,
    ) -> Result<Option<Self>> {
        const TOKEN: &str = "access_token";
        let Some(grant) = grant else {
            return Ok(secrets.map(|secrets| Self {
                token_expires_at: secrets.contains_key(TOKEN).then_some(None),
                secrets,
            }));
        };
        let granted = Granted::opened(sealer, tenant, &grant)?;
        let mut secrets = secrets.unwrap_or_default();
        secrets.insert(TOKEN.to_owned(), granted.token);
        Ok(Some(Self {
            secrets,
            token_expires_at: Some(granted.expires_at),
        }))
    }
}

fn merge(settings: &mut Value, change: Option<Value>) -> Result<()> {
    let Some(change) = change else {
        return Ok(());
    };
    let (Value::Object(settings), Value::Object(change)) = (settings, change) else {
        return Err(Error::field("settings", "must be of type object"));
    };
    for (name, value) in change {
        if value.is_null() {
            settings.remove(&name);
        } else {
            settings.insert(name, value);
        }
    }
    Ok(())
}

impl Described {
    fn checked(self) -> Result<Self> {
        if !self.settings.is_object() {
            return Err(Error::field("settings", "must be of type object"));
        }
        let checked = channels::adapter(self.kind).check(&self.settings, &self.secrets);
        checked.map_err(|problems| {
            let errors = problems.into_iter();
            Error::Invalid(
                errors
                    .map(|wrong| FieldError::new(&wrong.field, wrong.problem))
                    .collect(),
            )
        })?;
        Ok(self)
    }

    pub(super) fn external_id(&self) -> Option<String> {
        channels::adapter(self.kind).external_id(&self.settings, &self.secrets)
    }

    pub(super) fn secret_names(&self) -> Vec<String> {
        let names = self.secrets.names();
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Where a channel's provider sends its webhooks.
pub(super) fn webhook_path(kind: ChannelKind, member: &Member) -> Option<String> {
    (kind != ChannelKind::Web).then(|| format!("/webhooks/{kind}/{}", member.tenant.slug))
}

impl Shown {
    pub(super) fn of(channel: channel::Channel, member: &Member) -> Self {
        Self {
            id: channel.id.to_string(),
            kind: channel.kind.into(),
            name: channel.name,
            settings: channel.settings,
            secret_names: channel.secret_names,
            public_token: channel.public_token,
            webhook_path: webhook_path(channel.kind, member),
            external_id: channel.external_id,
            enabled: channel.enabled,
            status: channel.status.into(),
            status_detail: channel.status_detail,
            token_expires_at: channel.token_expires_at.map(time),
            created_at: time(channel.created_at),
            updated_at: time(channel.updated_at),
        }
    }
}

impl From<channels::Health> for Health {
    fn from(health: channels::Health) -> Self {
        Self {
            ok: health.ok(),
            reconnect: health.reconnect(),
            account: health.account,
            external_id: health.external_id,
            checks: health.checks.into_iter().map(Check::from).collect(),
        }
    }
}

impl From<channels::Check> for Check {
    fn from(check: channels::Check) -> Self {
        Self {
            name: check.name.to_owned(),
            ok: check.ok,
            detail: check.detail,
            remedy: check.remedy,
        }
    }
}
