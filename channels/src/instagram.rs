//! Instagram direct messages.
//!
//! Two ways lead in: a Facebook page linked to the account (calls go to the page's node of the Graph API, so `page_id`
//! is needed), or Instagram's own login (the token begins with `IG`, calls go to Instagram's host). A text may have
//! 1,000 bytes, which is half as many Arabic letters. Files can be sent by link only.

use chrono::{DateTime, Utc};
use serde_json::Value;
use wafaa_domain::{ChannelKind, Media};

use crate::{
    account::{Account, Problem, Secrets, setting},
    adapter::{Adapter, Later},
    client::Channels,
    health::Health,
    inbound::Inbound,
    limits::{DAY, Limits, Pace, Unit},
    meta::{
        self,
        direct::{self, Dialect},
    },
    outbound::{Fetched, Outbound, Seen, SendError, Sent},
    request::{Headers, Malformed, Query, Refused},
};
use reqwest::Url;
use std::time::Duration;

pub(crate) struct Instagram;

const DIALECT: Dialect = Dialect {
    object: "instagram",
    fields: "messages,message_reactions,messaging_postbacks,messaging_seen,messaging_referral",
    uploads: false,
};

impl Adapter for Instagram {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Instagram
    }

    fn limits(&self) -> Limits {
        Limits {
            text: 1_000,
            unit: Unit::Bytes,
            window: Some(DAY),
            tagged_window: Some(7 * DAY),
            buttons: 13,
            captions: false,
            media: 25 << 20,
            per_account: Some(Pace {
                every: Duration::from_millis(10), // 100 a second
                burst: 100,
            }),
            per_recipient: Some(Pace {
                every: Duration::from_secs(1),
                burst: 20,
            }),
        }
    }

    fn check(&self, settings: &Value, secrets: &Secrets) -> Result<(), Vec<Problem>> {
        meta::form(settings, secrets, "account_id")
            .optional_id("page_id")
            .finish()
    }

    fn external_id(&self, settings: &Value, _: &Secrets) -> Option<String> {
        setting(settings, "account_id").map(str::to_owned)
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
        direct::parse(&DIALECT, body)
    }

    fn send<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        outbound: &'a Outbound,
    ) -> Later<'a, Result<Sent, SendError>> {
        Box::pin(direct::send(&DIALECT, self.limits(), to, account, outbound))
    }

    fn test<'a>(&'a self, to: &'a Channels, account: &'a Account) -> Later<'a, Health> {
        Box::pin(direct::test(to, account))
    }

    fn connect<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        _: &'a Url,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(direct::connect(&DIALECT, to, account))
    }

    fn fetch_media<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        media: &'a Media,
        limit: u64,
    ) -> Later<'a, Result<Fetched, SendError>> {
        Box::pin(direct::fetch(to, account, media, limit))
    }

    fn mark_read<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(direct::action(to, account, seen, "mark_seen"))
    }

    fn typing<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(direct::action(to, account, seen, "typing_on"))
    }
}
