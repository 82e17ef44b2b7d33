//! How conversations and their messages are shown.

use poem_openapi::{Enum, Object};
use serde_json::Value;
use wafaa_domain as domain;
use wafaa_storage::{conversation, message, timeline};

use crate::resource::{ChannelKind, mirror::mirrored, rounded, time};

mirrored! {
    /// Whose turn a conversation is.
    Status as "ConversationStatus" of domain::ConversationStatus:
    /// The bot answers.
    Bot,
    /// It waits for a person to claim it; the bot is silent.
    Waiting,
    /// A person has claimed it; the bot is silent.
    Human,
    /// It has come to its end. The customer's next message reopens it, or begins another.
    Resolved,
}

mirrored! {
    /// How urgent a waiting conversation is.
    Priority as "Priority" of domain::Priority:
    /// When there is time.
    Low,
    /// As usual.
    Normal,
    /// Before others.
    High,
    /// Its time is up, or the customer is upset.
    Urgent,
}

mirrored! {
    /// Why a conversation waits for a person.
    Reason as "HandoffReason" of domain::HandoffReason:
    /// The customer asked for one.
    Requested,
    /// The bot did not know, twice in a row.
    LowConfidence,
    /// The customer is upset.
    Sentiment,
    /// A word that the tenant has named.
    Keyword,
    /// An intent that the tenant has named.
    Rule,
    /// Somebody of the tenant's people, or a program, said so.
    Manual,
}

mirrored! {
    /// Which way a message goes.
    Direction as "Direction" of domain::Direction:
    /// From the customer.
    Inbound,
    /// To the customer.
    Outbound,
    /// Between the tenant's people; the customer never sees it.
    Note,
}

mirrored! {
    /// Where a message stands.
    MessageStatus as "MessageStatus" of domain::MessageStatus:
    /// From the customer, and stored.
    Received,
    /// To be sent.
    Queued,
    /// Handed to the provider, or about to be.
    Sending,
    /// Accepted by the provider.
    Sent,
    /// On the customer's device.
    Delivered,
    /// Read by the customer.
    Read,
    /// Refused; `error` says why.
    Failed,
    /// Whether it was sent isn't known. It is never sent again by itself.
    Unknown,
    /// Not sent: a newer message, a person or an opt-out came first.
    Superseded,
    /// Taken back by its author.
    Withdrawn,
}

mirrored! {
    /// What has happened to a message.
    Stage as "Stage" of domain::Stage:
    Received,
    Deduplicated,
    Merged,
    Retrieved,
    Generated,
    Decided,
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Failed,
    Unknown,
    Deferred,
    Superseded,
    Resent,
    Edited,
    Withdrawn,
}

/// In which order conversations are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ConversationOrder", rename_all = "snake_case")]
pub(super) enum Order {
    /// The one something happened in last, first.
    Activity,
    /// The most urgent first, of those the one that waits longest.
    Urgency,
}

/// With whom a conversation is.
#[derive(Object)]
#[oai(rename = "ConversationContact")]
struct Customer {
    id: String,
    name: Option<String>,
}

/// A conversation.
#[derive(Object)]
#[oai(rename = "Conversation")]
pub(super) struct Shown {
    id: String,
    channel_id: String,
    channel_kind: ChannelKind,
    contact: Customer,
    status: Status,
    priority: Priority,
    /// Why it was handed to a person.
    handoff_reason: Option<Reason>,
    /// The member who has it.
    assignee: Option<String>,
    /// Since when it waits for a person.
    waiting_since: Option<String>,
    /// When somebody should have claimed it.
    sla_due_at: Option<String>,
    /// When its time was up.
    escalated_at: Option<String>,
    /// The number of its newest message.
    seq: i64,
    /// What the turns before the newest came to.
    summary: Option<String>,
    /// The customer's rating, 1 to 5.
    csat: Option<i32>,
    /// The words of the newest message.
    last_text: Option<String>,
    last_message_at: String,
    last_inbound_at: Option<String>,
    resolved_at: Option<String>,
    created_at: String,
}

/// How many conversations have each status.
#[derive(Object)]
#[oai(rename = "ConversationCounts")]
pub(super) struct Counts {
    bot: u64,
    waiting: u64,
    human: u64,
    resolved: u64,
}

/// Why a message was not sent.
#[derive(Object)]
#[oai(rename = "MessageError")]
struct Failed {
    /// Stable, for programs.
    code: String,
    message: String,
}

/// How a message sounds.
#[derive(Object)]
struct Sentiment {
    /// `positive`, `neutral` or `negative`.
    label: String,
    /// From -1, the worst, to 1.
    score: f64,
    /// What judged it.
    method: String,
}

/// A message.
#[derive(Object)]
pub(crate) struct Message {
    id: String,
    conversation_id: String,
    channel_id: String,
    /// Its place in the conversation, from 1.
    seq: i64,
    direction: Direction,
    /// `customer`, `bot`, `program`, `system`, or the id of the member who wrote it.
    author: String,
    /// What kind of content it has.
    kind: String,
    /// The words in it, where there are any.
    text: Option<String>,
    /// All of it.
    content: Value,
    status: MessageStatus,
    error: Option<Failed>,
    /// What the channel's provider calls it.
    provider_id: Option<String>,
    /// The customer's newest message that it answers.
    reply_to_seq: Option<i64>,
    sentiment: Option<Sentiment>,
    /// Key phrases, best first.
    topics: Vec<String>,
    /// Where its statements come from, as in the answer to a question.
    citations: Vec<Value>,
    /// The probability, 0 to 1, that the documents answer the question.
    confidence: Option<f64>,
    /// The model that wrote it, or `extractive`.
    model: Option<String>,
    /// Two-letter code.
    language: Option<String>,
    /// When it was written, as the provider says.
    at: String,
    edited_at: Option<String>,
    created_at: String,
}

/// Something that happened to a message.
#[derive(Object)]
#[oai(rename = "TimelineEntry")]
pub(crate) struct Entry {
    stage: Stage,
    at: String,
    /// What else is known of it.
    detail: Value,
}

impl From<Order> for conversation::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Activity => Self::Activity,
            Order::Urgency => Self::Urgency,
        }
    }
}

impl From<conversation::Conversation> for Shown {
    fn from(conversation: conversation::Conversation) -> Self {
        Self {
            id: conversation.id.to_string(),
            channel_id: conversation.channel.to_string(),
            channel_kind: conversation.channel_kind.into(),
            contact: Customer {
                id: conversation.contact.to_string(),
                name: conversation.contact_name,
            },
            status: conversation.status.into(),
            priority: conversation.priority.into(),
            handoff_reason: conversation.handoff_reason.map(Into::into),
            assignee: conversation.assignee.map(|member| member.to_string()),
            waiting_since: conversation.waiting_since.map(time),
            sla_due_at: conversation.sla_due_at.map(time),
            escalated_at: conversation.escalated_at.map(time),
            seq: conversation.seq,
            summary: conversation.summary,
            csat: conversation.csat,
            last_text: conversation.last_text,
            last_message_at: time(conversation.last_message_at),
            last_inbound_at: conversation.last_inbound_at.map(time),
            resolved_at: conversation.resolved_at.map(time),
            created_at: time(conversation.created_at),
        }
    }
}

impl Counts {
    pub(super) fn of(counts: &[(domain::ConversationStatus, u64)]) -> Self {
        let of = |wanted| {
            let found = counts.iter().find(|(status, _)| *status == wanted);
            found.map_or(0, |(_, conversations)| *conversations)
        };
        Self {
            bot: of(domain::ConversationStatus::Bot),
            waiting: of(domain::ConversationStatus::Waiting),
            human: of(domain::ConversationStatus::Human),
            resolved: of(domain::ConversationStatus::Resolved),
        }
    }
}

impl From<message::Message> for Message {
    fn from(message: message::Message) -> Self {
        let answer = message.answer.unwrap_or_default();
        Self {
            id: message.id.to_string(),
            conversation_id: message.conversation.to_string(),
            channel_id: message.channel.to_string(),
            seq: message.seq,
            direction: message.direction.into(),
            author: message.author.to_string(),
            kind: message.content.kind().to_owned(),
            text: message.content.words().map(str::to_owned),
            content: serde_json::to_value(&message.content).unwrap_or_default(),
            status: message.status.into(),
            error: message.error.map(|error| Failed {
                code: error.code,
                message: error.message,
            }),
            provider_id: message.provider_id,
            reply_to_seq: message.reply_to_seq,
            sentiment: message.sentiment.map(|sentiment| Sentiment {
                label: sentiment.label,
                score: rounded(sentiment.score),
                method: sentiment.method,
            }),
            topics: message
                .topics
                .map(|topics| topics.phrases)
                .unwrap_or_default(),
            citations: answer["citations"].as_array().cloned().unwrap_or_default(),
            confidence: answer["confidence"].as_f64(),
            model: answer["model"].as_str().map(str::to_owned),
            language: message.language,
            at: time(message.at),
            edited_at: message.edited_at.map(time),
            created_at: time(message.created_at),
        }
    }
}

impl From<timeline::Entry> for Entry {
    fn from(entry: timeline::Entry) -> Self {
        Self {
            stage: entry.stage.into(),
            at: time(entry.at),
            detail: entry.detail,
        }
    }
}
