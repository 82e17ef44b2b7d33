//! What a channel must be able to do. One file per channel implements it.
//!
//! `tests/it/conformance.rs` holds every adapter to what is said here.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use serde_json::Value;
use wafaa_domain::{ChannelKind, Media};

use crate::{
    account::{Account, Problem, Secrets},
    client::Channels,
    health::Health,
    inbound::Inbound,
    limits::Limits,
    outbound::{Fetched, Outbound, Seen, SendError, Sent},
    request::{Headers, Malformed, Query, Refused},
};
use reqwest::Url;

/// What comes later: a boxed future, so that adapters can be chosen at run time.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A channel: how its provider speaks and listens.
pub trait Adapter: Send + Sync {
    /// Which channel it is.
    fn kind(&self) -> ChannelKind;

    /// What the provider allows.
    fn limits(&self) -> Limits;

    /// Whether a channel can be configured so. Asks nobody: [`Self::test`] does.
    ///
    /// # Errors
    /// Every mistake there is, not just the first.
    fn check(&self, settings: &Value, secrets: &Secrets) -> Result<(), Vec<Problem>>;

    /// How the provider calls this channel in its webhooks: a number's, a page's, a bot's or a team's id.
    fn external_id(&self, settings: &Value, secrets: &Secrets) -> Option<String>;

    /// The answer to a GET by which the provider makes sure that the webhook is ours.
    ///
    /// # Errors
    /// The verify token is not the channel's, or this provider asks no such thing.
    fn handshake(&self, account: &Account, query: &Query) -> Result<String, Refused> {
        let _ = (account, query);
        Err(Refused {
            reason: "this kind of channel has no handshake by GET",
        })
    }

    /// Whether a webhook comes from the provider. Looks at the raw bytes, in constant time, and before anything
    /// of them is believed.
    ///
    /// # Errors
    /// It doesn't, or it is a replay of an old one.
    fn verify(
        &self,
        account: &Account,
        headers: &Headers,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), Refused>;

    /// What a webhook says. Every body that can be read gives at least one event; what we have no word for is
    /// [`Inbound::Unsupported`] and says what it was. Never panics, whatever the bytes.
    ///
    /// # Errors
    /// It is not what this provider sends at all.
    fn parse(&self, account: &Account, body: &[u8]) -> Result<Vec<Inbound>, Malformed>;

    /// Sends one message, by at most one request that makes the provider send.
    ///
    /// # Errors
    /// [`SendError`], which says whether the message may have gone out.
    fn send<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        outbound: &'a Outbound,
    ) -> Later<'a, Result<Sent, SendError>>;

    /// Tries the configuration against the provider without sending anything.
    fn test<'a>(&'a self, to: &'a Channels, account: &'a Account) -> Later<'a, Health>;

    /// Tells the provider where our webhook is, where there is a call for that.
    ///
    /// # Errors
    /// [`SendError`].
    fn connect<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        webhook: &'a Url,
    ) -> Later<'a, Result<(), SendError>> {
        let _ = (to, account, webhook);
        Box::pin(async { Ok(()) })
    }

    /// Fetches a file that a customer sent, no more than `limit` bytes of it.
    ///
    /// # Errors
    /// [`SendError::Invalid`] when it is too large or lies somewhere we don't fetch from.
    fn fetch_media<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        media: &'a Media,
        limit: u64,
    ) -> Later<'a, Result<Fetched, SendError>> {
        let _ = (to, account, media, limit);
        Box::pin(async { Err(SendError::invalid("this channel keeps no files to fetch")) })
    }

    /// Shows the customer that the message was read.
    ///
    /// # Errors
    /// [`SendError`]; nothing depends on it.
    fn mark_read<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        let _ = (to, account, seen);
        Box::pin(async { Ok(()) })
    }

    /// Shows the customer that an answer is being written.
    ///
    /// # Errors
    /// [`SendError`]; nothing depends on it.
    fn typing<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        let _ = (to, account, seen);
        Box::pin(async { Ok(()) })
    }
}
