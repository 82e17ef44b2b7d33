//! Slack apps: direct messages to the app, and mentions and threads in channels.
//!
//! A request proves itself by `v0=` HMAC over version, time and raw body, no more than five minutes old. A message id is
//! `channel:ts`. What the app itself wrote comes back as a message too and is never answered; its metadata has our id,
//! which settles a send whose answer got lost. A conversation in a channel stays in the thread where it began.

mod content;
mod parse;
mod send;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wafaa_domain::{ChannelKind, Media};

use crate::{
    account::{Account, Form, Problem, Secrets, setting},
    adapter::{Adapter, Later},
    client::Channels,
    health::{Check, Health},
    inbound::Inbound,
    json::{id, text},
    limits::{Limits, Pace, Unit},
    outbound::{Fetched, Outbound, SendError, Sent},
    request::{Headers, Malformed, Refused},
    signature,
};

/// How old a signed request may be, in seconds.
const WINDOW: i64 = 5 * 60;

pub(crate) struct Slack;

impl Adapter for Slack {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Slack
    }

    fn limits(&self) -> Limits {
        Limits {
            text: 4_000,
            unit: Unit::Chars,
            window: None,
            tagged_window: None,
            buttons: 25,
            lists: true,
            captions: true,
            media: 100 << 20,
            per_account: None,
            per_recipient: Some(Pace {
                every: Duration::from_secs(1),
                burst: 10,
            }),
        }
    }

    fn check(&self, settings: &Value, secrets: &Secrets) -> Result<(), Vec<Problem>> {
        Form::new(settings, secrets)
            .optional_id("team_id")
            .token("bot_token")
            .token("signing_secret")
            .finish()
    }

    fn external_id(&self, settings: &Value, _: &Secrets) -> Option<String> {
        setting(settings, "team_id").map(str::to_owned)
    }

    fn verify(
        &self,
        account: &Account,
        headers: &Headers,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let refused = |reason| Err(Refused { reason });
        let Some(secret) = account.secret("signing_secret") else {
            return refused("the channel has no signing secret");
        };
        let time = headers.get("x-slack-request-timestamp").unwrap_or_default();
        let Ok(at) = time.parse::<i64>() else {
            return refused("there is no X-Slack-Request-Timestamp");
        };
        if now.timestamp().abs_diff(at) > WINDOW.unsigned_abs() {
            return refused("the request is older than five minutes");
        }
        let digits = headers
            .get("x-slack-signature")
            .and_then(|signature| signature.strip_prefix("v0="))
            .unwrap_or_default();
        let parts: [&[u8]; 4] = [b"v0:", time.as_bytes(), b":", body];
        if signature::is_hmac(secret, &parts, digits) {
            Ok(())
        } else {
            refused("the signature is not this app's")
        }
    }

    fn parse(&self, _: &Account, body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
        parse::parse(body)
    }

    fn send<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        outbound: &'a Outbound,
    ) -> Later<'a, Result<Sent, SendError>> {
        Box::pin(send::send(self.limits(), to, account, outbound))
    }

    fn test<'a>(&'a self, to: &'a Channels, account: &'a Account) -> Later<'a, Health> {
        Box::pin(test(to, account))
    }

    fn fetch_media<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        media: &'a Media,
        limit: u64,
    ) -> Later<'a, Result<Fetched, SendError>> {
        Box::pin(send::fetch(to, account, media, limit))
    }
}

/// Whether the token works, and for which workspace. Slack tells the signing secret to nobody, so only a webhook proves it.
async fn test(to: &Channels, account: &Account) -> Health {
    let who = match send::ask(to, account, "auth.test", &json!({})).await {
        Ok(who) => who,
        Err(error) => {
            let token = "Install the app again (OAuth & Permissions) and save its bot token.";
            return Health::of(Check::of_error(&error, token, token));
        }
    };
    let team = id(&who, "/team_id");
    let expected = account.setting("team_id");
    let workspace = if expected.is_none() || expected == team.as_deref() {
        Check::passed("workspace", team.clone().unwrap_or_default())
    } else {
        Check::failed(
            "workspace",
            format!(
                "the token is for {}",
                team.as_deref().unwrap_or("another workspace")
            ),
            "Set team_id to this one, or use the other workspace's token.",
        )
    };
    let names = [text(&who, "/user"), text(&who, "/team")];
    Health {
        account: Some(names.into_iter().flatten().collect::<Vec<_>>().join(" in ")),
        external_id: team,
        checks: vec![Check::passed(Check::TOKEN, "accepted"), workspace],
    }
}
