//! The WhatsApp Cloud API: messages to a business's number.
//!
//! Our message id travels as `biz_opaque_callback_data` and comes back with every status, so that a send whose answer
//! got lost is settled by it. Free text is allowed for 24 hours after the customer's last message, approved
//! templates always. One number sends 80 messages a second unless Meta has raised it, and to the same person one in
//! six seconds, with 45 in advance.

mod content;
mod parse;
mod send;
mod status;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::{Value, json};
use wafaa_domain::{ChannelKind, Media};

use crate::{
    account::{Account, Problem, Secrets, setting},
    adapter::{Adapter, Later},
    client::Channels,
    health::{Check, Health},
    inbound::Inbound,
    json::{id, list, string, text},
    limits::{DAY, Limits, Pace, Unit},
    meta::{self, direct::refused, graph::Graph},
    outbound::{Fetched, Outbound, Seen, SendError, Sent},
    request::{Headers, Malformed, Query, Refused},
};

pub(crate) struct Whatsapp;

impl Adapter for Whatsapp {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }

    fn limits(&self) -> Limits {
        Limits {
            text: 4_096,
            unit: Unit::Chars,
            window: Some(DAY),
            tagged_window: None,
            buttons: 3,
            lists: true,
            captions: true,
            media: 100 << 20,
            per_account: Some(Pace {
                every: Duration::from_micros(12_500), // 80 a second
                burst: 80,
            }),
            per_recipient: Some(Pace {
                every: Duration::from_secs(6),
                burst: 45,
            }),
        }
    }

    fn check(&self, settings: &Value, secrets: &Secrets) -> Result<(), Vec<Problem>> {
        meta::form(settings, secrets, "phone_number_id")
            .optional_id("business_account_id")
            .finish()
    }

    fn external_id(&self, settings: &Value, _: &Secrets) -> Option<String> {
        setting(settings, "phone_number_id").map(str::to_owned)
    }

    fn handshake(&self, account: &Account, query: &Query) -> Result<String, Refused> {
        meta::handshake(account, query)
    }

    fn verify(
        &self,
        account: &Account,
        headers: &Headers,
        body: &[u8],
        _: DateTime<Utc>,
    ) -> Result<(), Refused> {
        meta::verify(account, headers, body)
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

    /// Subscribes the app to the business account; the address of the webhook is the app's own setting.
    fn connect<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        _: &'a Url,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(async move {
            if let Some(business) = account.setting("business_account_id") {
                let path = [business, "subscribed_apps"];
                Graph::new(to, account).post(&path, &json!({})).await?;
            }
            Ok(())
        })
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

    fn mark_read<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(send::seen(to, account, seen, false))
    }

    /// Marks the message as read too: WhatsApp has no other way.
    fn typing<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(send::seen(to, account, seen, true))
    }
}

fn number(account: &Account) -> &str {
    account.setting("phone_number_id").unwrap_or_default()
}

/// Whether the token works, reaches this number, belongs to this app secret, and hears of messages.
async fn test(to: &Channels, account: &Account) -> Health {
    let graph = Graph::new(to, account);
    let proof = graph.proof();
    let fields = "id,display_phone_number,verified_name,quality_rating,status";
    let query = [("fields", fields), ("appsecret_proof", proof.as_str())];
    let profile = match graph.get(&[number(account)], &query).await {
        Ok(profile) => profile,
        Err(error) => return Health::of(refused(&error)),
    };
    let mut checks = vec![
        Check::passed(Check::TOKEN, "accepted, with the app secret"),
        standing(&profile),
    ];
    if let Some(business) = account.setting("business_account_id") {
        checks.push(subscription(&graph, business).await);
    }
    let digits = text(&profile, "/display_phone_number");
    let name = text(&profile, "/verified_name");
    Health {
        account: match (digits, name) {
            (Some(digits), Some(name)) => Some(format!("{digits} ({name})")),
            (one, other) => one.or(other).map(str::to_owned),
        },
        external_id: id(&profile, "/id"),
        checks,
    }
}

fn standing(profile: &Value) -> Check {
    const NAME: &str = "number";
    match (text(profile, "/status"), text(profile, "/quality_rating")) {
        (
            Some(status @ ("BANNED" | "RESTRICTED" | "FLAGGED" | "DISCONNECTED" | "UNVERIFIED")),
            _,
        ) => Check::failed(
            NAME,
            format!("the number is {}", status.to_lowercase()),
            "See WhatsApp Manager → Phone numbers for what Meta wants.",
        ),
        (_, Some("RED")) => Check::failed(
            NAME,
            "customers rate the messages as bad",
            "Send fewer messages that nobody asked for; see WhatsApp Manager → Insights.",
        ),
        _ => Check::passed(
            NAME,
            string(profile, "/status")
                .unwrap_or_else(|| "found".into())
                .to_lowercase(),
        ),
    }
}

async fn subscription(graph: &Graph<'_>, business: &str) -> Check {
    const NAME: &str = "webhook";
    match graph.get(&[business, "subscribed_apps"], &[]).await {
        Ok(apps) if !list(&apps, "/data").is_empty() => {
            Check::passed(NAME, "an app is subscribed to the business account")
        }
        Ok(_) => Check::failed(
            NAME,
            "no app is subscribed to the business account, so no message will arrive",
            "Connect the channel once more: it subscribes the app.",
        ),
        Err(error) => Check::failed(
            NAME,
            error.detail(),
            "Compare business_account_id with WhatsApp Manager; the token needs whatsapp_business_management.",
        ),
    }
}
