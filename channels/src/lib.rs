//! How customers reach a tenant: one adapter per channel, behind one trait.
//!
//! An adapter checks a channel's settings, proves that a webhook came from the provider, turns its bytes into
//! [`Inbound`] events, and turns [`Outbound`] messages into calls whose failures say what is to be done. What must
//! stay true: parsing never panics and never asks the network; one [`Outbound`] is at most one message at the
//! provider; an error says whether the message may have gone out all the same. Deliberately absent: rows, jobs,
//! and any decision about what is answered.
//!
//! `docs/guides/channels/new-channel.md` says how a channel is added.

mod account;
mod adapter;
mod call;
mod client;
mod endpoint;
mod health;
mod inbound;
mod instagram;
mod json;
mod limits;
mod media;
mod messenger;
mod meta;
mod outbound;
mod pace;
mod request;
mod signature;
mod slack;
mod telegram;
mod text;
mod web;
mod whatsapp;

pub use account::{Account, Problem, Secrets};
pub use adapter::{Adapter, Later};
pub use client::Channels;
pub use endpoint::Endpoints;
pub use health::{Check, Health};
pub use inbound::{Inbound, ProviderError, Remedy, Sender};
pub use limits::{Limits, Pace, Unit};
pub use meta::{GRAPH_VERSION, oauth};
pub use outbound::{Fetched, File, Outbound, Seen, SendError, Sent, Tag};
pub use request::{Headers, Malformed, Query, Refused};
pub use reqwest::Url;

use wafaa_domain::ChannelKind;

/// The adapter of a kind of channel.
#[must_use]
pub fn adapter(kind: ChannelKind) -> &'static dyn Adapter {
    match kind {
        ChannelKind::Web => &web::Web,
        ChannelKind::Whatsapp => &whatsapp::Whatsapp,
        ChannelKind::Instagram => &instagram::INSTAGRAM,
        ChannelKind::Messenger => &messenger::MESSENGER,
        ChannelKind::Telegram => &telegram::Telegram,
        ChannelKind::Slack => &slack::Slack,
    }
}
