//! Messages, and where each stands.
//!
//! ```text
//! customer ─▶ received
//! bot, person ─▶ queued ──begin──▶ sending ──▶ sent ─▶ delivered ─▶ read        (statuses in any order: the later rank wins)
//!                  ▲  │               │ ├─▶ failed ──a person──▶ queued
//!                  │  └─▶ superseded  │ └─▶ unknown ──a status settles it, or a person──▶ queued
//!                  └──── surely not sent ┘
//! ```
//!
//! What must stay true:
//! - a message of a provider is stored once, by the id that the provider gave it;
//! - a message is handed to a provider by the run that moved it from `queued` to `sending`, and by no other;
//! - every change of status is in the message's timeline, written here in the same transaction.

mod add;
mod change;
mod label;
mod query;
mod row;
mod send;
mod settle;
mod status;

use chrono::{DateTime, Utc};
use serde_json::Value;
use wafaa_domain::{
    Author, ChannelId, Content, ConversationId, Direction, Failure, MessageId, MessageStatus,
};

pub use add::{NewInbound, NewOutbound, Received, add, receive};
pub use change::{edit, set_content, withdraw};
pub use label::{label_sentiment, label_topics};
pub use query::{
    after, by_provider_id, doubtful, get, history, list, lock, on_its_way, unanswered,
};
pub use send::{Sending, begin_send};
pub use settle::{defer, failed, resend, sent, unknown};
pub use status::{Applied, StatusUpdate, apply_status, read_up_to};

/// A message of a conversation.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// By which channel it came or goes.
    pub channel: ChannelId,
    /// Its place in the conversation, from 1.
    pub seq: i64,
    /// Which way it goes.
    pub direction: Direction,
    /// Who wrote it.
    pub author: Author,
    /// What is in it.
    pub content: Content,
    /// Where it stands.
    pub status: MessageStatus,
    /// Why it was refused, when it was.
    pub error: Option<Failure>,
    /// How the provider calls it.
    pub provider_id: Option<String>,
    /// How the provider calls the message that the customer quoted.
    pub reply_to: Option<String>,
    /// The customer's last message that this one answers, by its number.
    pub reply_to_seq: Option<i64>,
    /// Citations, confidence, and what else was decided about it.
    pub answer: Option<Value>,
    /// How the customer feels.
    pub sentiment: Option<Sentiment>,
    /// What it is about.
    pub topics: Option<Topics>,
    /// Its language, as an ISO 639-1 code.
    pub language: Option<String>,
    /// When it was written, as the provider says.
    pub at: DateTime<Utc>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// When its author changed it.
    pub edited_at: Option<DateTime<Utc>>,
}

/// How the customer feels, as a method found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentiment {
    /// `positive`, `neutral` or `negative`.
    pub label: String,
    /// From −1 to 1, kept to a thousandth.
    pub score: f32,
    /// Which method found it.
    pub method: String,
}

/// What a message is about, as a method found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// The phrases, the most telling first.
    pub phrases: Vec<String>,
    /// Which method found them.
    pub method: String,
}
