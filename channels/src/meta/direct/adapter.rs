//! Messenger and Instagram as channels: each is the protocol in its own dialect.

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::Value;
use wafaa_domain::{ChannelKind, Media};

use super::{Dialect, connect, parse::parse, send, test};
use crate::{
    account::{Account, Problem, Secrets, setting},
    adapter::{Adapter, Later},
    client::Channels,
    health::Health,
    inbound::Inbound,
    limits::Limits,
    meta,
    outbound::{Fetched, Outbound, Seen, SendError, Sent},
    request::{Headers, Malformed, Query, Refused},
};

impl Adapter for Dialect {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn check(&self, settings: &Value, secrets: &Secrets) -> Result<(), Vec<Problem>> {
        let form = meta::form(settings, secrets, "account_id");
        if self.fields_of_page.is_some() {
            return form.optional_id("page_id").finish();
        }
        form.finish()
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
        parse(self, body)
    }

    fn send<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        outbound: &'a Outbound,
    ) -> Later<'a, Result<Sent, SendError>> {
        Box::pin(send::send(self, to, account, outbound))
    }

    fn test<'a>(&'a self, to: &'a Channels, account: &'a Account) -> Later<'a, Health> {
        Box::pin(test(to, account))
    }

    fn connect<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        _: &'a Url,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(connect(self, to, account))
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
        Box::pin(send::action(to, account, seen, "mark_seen"))
    }

    fn typing<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(send::action(to, account, seen, "typing_on"))
    }
}
