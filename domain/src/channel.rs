//! The kinds of ways customers reach a tenant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{UnknownName, job::names};

names! {
    /// Which provider a channel goes through.
    ChannelKind, "channel kind":
    /// The chat on the tenant's own web site.
    Web = "web",
    /// The WhatsApp Cloud API.
    Whatsapp = "whatsapp",
    /// Instagram direct messages.
    Instagram = "instagram",
    /// Facebook Messenger.
    Messenger = "messenger",
    /// A Telegram bot.
    Telegram = "telegram",
    /// A Slack app.
    Slack = "slack",
}
