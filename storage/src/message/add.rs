//! Adding messages to a conversation, whose row is locked from here to the end of the transaction.

use chrono::{DateTime, Utc};
use sea_orm::Value as Bound;
use serde_json::{Value, json};
use wafaa_domain::{
    Author, Content, ConversationId, Direction, InboundEventId, MessageId, MessageStatus, Stage,
    TenantScope,
};

use super::{
    Message,
    query::by_provider_id,
    row::{COLUMNS, kept, messages},
};
use crate::{Error, Result, Tx, conversation::Conversation, time::now, timeline};

/// Characters of a message that a list of conversations shows.
const GLIMPSE: usize = 200;

/// A message from a customer.
#[derive(Debug, Clone)]
pub struct NewInbound {
    /// How the provider calls it.
    pub provider_id: Option<String>,
    /// What is in it.
    pub content: Content,
    /// When it was written, as the provider says.
    pub at: DateTime<Utc>,
    /// Its language, when that is known.
    pub language: Option<String>,
    /// How the provider calls the message that is quoted.
    pub reply_to: Option<String>,
    /// What it came in.
    pub event: Option<InboundEventId>,
}

/// What has become of a message from a customer.
#[derive(Debug, Clone)]
pub enum Received {
    /// It was stored.
    New(Message),
    /// It had been stored before.
    Known(Message),
}

/// A message to a customer, or a note.
#[derive(Debug, Clone)]
pub struct NewOutbound {
    /// Chosen by the caller.
    pub id: MessageId,
    /// To the customer, or a note.
    pub direction: Direction,
    /// Who wrote it.
    pub author: Author,
    /// What is in it.
    pub content: Content,
    /// To be sent, or sent already.
    pub status: MessageStatus,
    /// How the provider calls it, when it has been sent in the provider's own app.
    pub provider_id: Option<String>,
    /// The customer's last message that it answers, by its number.
    pub reply_to_seq: Option<i64>,
    /// Citations, confidence, and what else was decided about it.
    pub answer: Option<Value>,
    /// Its language, when that is known.
    pub language: Option<String>,
}

impl NewOutbound {
    /// A message to be sent.
    #[must_use]
    pub fn queued(author: Author, content: Content) -> Self {
        Self {
            id: MessageId::new(),
            direction: Direction::Outbound,
            author,
            content,
            status: MessageStatus::Queued,
            provider_id: None,
            reply_to_seq: None,
            answer: None,
            language: None,
        }
    }

    /// Words between the tenant's people.
    #[must_use]
    pub fn note(author: Author, text: &str) -> Self {
        Self {
            direction: Direction::Note,
            status: MessageStatus::Received,
            ..Self::queued(author, Content::text(text))
        }
    }
}

/// Stores a customer's message, unless the channel has brought it before.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation.
pub async fn receive(
    tx: &Tx<TenantScope>,
    conversation: &Conversation,
    new: NewInbound,
) -> Result<Received> {
    let calls = new.content.calls_for_answer();
    let provider_id = new.provider_id.clone();
    let row = NewRow {
        message: NewOutbound {
            direction: Direction::Inbound,
            status: MessageStatus::Received,
            provider_id: new.provider_id,
            language: new.language,
            ..NewOutbound::queued(Author::Customer, new.content)
        },
        at: new.at,
        reply_to: new.reply_to,
        event: new.event,
    };
    if let Some(message) = insert(tx, conversation.id, row).await? {
        seen(tx, &message, calls).await?;
        timeline::note(tx, message.id, Stage::Received, json!({})).await?;
        return Ok(Received::New(message));
    }
    let provider_id = provider_id.ok_or(Error::NotFound)?;
    let known = by_provider_id(tx, conversation.channel, &provider_id).await?;
    let known = known.ok_or(Error::NotFound)?;
    timeline::note(tx, known.id, Stage::Deduplicated, json!({})).await?;
    Ok(Received::Known(known))
}

/// Stores a message to the customer, or a note.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::AlreadyExists`] when the channel knows a message by the same provider's id, as
/// it does when a provider echoes what was sent through it.
pub async fn add(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
    new: NewOutbound,
) -> Result<Message> {
    let row = NewRow {
        message: new,
        at: now(tx),
        reply_to: None,
        event: None,
    };
    let Some(message) = insert(tx, conversation, row).await? else {
        crate::conversation::get(tx, conversation).await?;
        return Err(Error::AlreadyExists);
    };
    seen(tx, &message, false).await?;
    let stage = match message.status {
        MessageStatus::Queued => Stage::Queued,
        MessageStatus::Sent => Stage::Sent,
        MessageStatus::Received
        | MessageStatus::Sending
        | MessageStatus::Delivered
        | MessageStatus::Read
        | MessageStatus::Failed
        | MessageStatus::Unknown
        | MessageStatus::Superseded
        | MessageStatus::Withdrawn => Stage::Received,
    };
    timeline::note(tx, message.id, stage, json!({})).await?;
    Ok(message)
}

struct NewRow {
    message: NewOutbound,
    at: DateTime<Utc>,
    reply_to: Option<String>,
    event: Option<InboundEventId>,
}

/// Inserts a message as its conversation's next one; `None` when there is no such conversation, or the channel
/// knows the message already.
async fn insert(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
    row: NewRow,
) -> Result<Option<Message>> {
    let lock = if tx.is_postgres() { "FOR UPDATE" } else { "" };
    let sql = format!(
        "INSERT INTO messages (tenant_id, conversation_id, id, channel_id, seq, direction, author, kind, content, \
         status, provider_id, reply_to, reply_to_seq, reply_from_seq, insisted, answer, language, event_id, at, \
         created_at, changed_at, media_bytes) SELECT $1, $2, $3, c.channel_id, c.seq + 1, $4, $5, $6, $7, $8, $9, $10, $11, \
         CASE WHEN $12 THEN c.answered_seq END, FALSE, $13, $14, $15, $16, $17, $17, $18 \
         FROM (SELECT channel_id, seq, answered_seq FROM conversations WHERE tenant_id = $1 AND id = $2 {lock}) c \
         WHERE TRUE ON CONFLICT (tenant_id, channel_id, provider_id) WHERE provider_id IS NOT NULL DO NOTHING \
         RETURNING {COLUMNS}"
    );
    let NewRow {
        message: new,
        at,
        reply_to,
        event,
    } = row;
    let kept = kept(&new.content);
    let content = serde_json::to_string(&new.content);
    let content = content.map_err(|error| Error::corrupt("message", error))?;
    let values: [Bound; 18] = [
        tx.tenant().uuid().into(),
        conversation.uuid().into(),
        new.id.uuid().into(),
        new.direction.as_str().into(),
        new.author.to_string().into(),
        new.content.kind().into(),
        content.into(),
        new.status.as_str().into(),
        new.provider_id.into(),
        reply_to.into(),
        new.reply_to_seq.into(),
        new.reply_to_seq.is_some().into(),
        new.answer.map(|answer| answer.to_string()).into(),
        new.language.into(),
        event.map(InboundEventId::uuid).into(),
        at.into(),
        now(tx).into(),
        kept.into(),
    ];
    Ok(messages(tx.rows(&sql, values).await?)?.pop())
}

/// Notes in its conversation that a message is there; `calls` when the customer is to be answered.
async fn seen(tx: &Tx<TenantScope>, message: &Message, calls: bool) -> Result<()> {
    let key: [Bound; 3] = [
        tx.tenant().uuid().into(),
        message.conversation.uuid().into(),
        message.seq.into(),
    ];
    if message.direction == Direction::Note {
        let sql = "UPDATE conversations SET seq = $3 WHERE tenant_id = $1 AND id = $2";
        tx.execute(sql, key).await?;
        return Ok(());
    }
    let inbound = if calls {
        ", inbound_seq = $3, last_inbound_at = $4"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE conversations SET seq = $3, last_message_at = $4, last_text = $5{inbound} \
         WHERE tenant_id = $1 AND id = $2"
    );
    let glimpse: [Bound; 2] = [message.created_at.into(), glimpse(&message.content).into()];
    tx.execute(&sql, key.into_iter().chain(glimpse)).await?;
    Ok(())
}

/// The beginning of what was said, or else what kind of thing was sent.
fn glimpse(content: &Content) -> String {
    content.words().map_or_else(
        || format!("[{}]", content.kind()),
        |words| words.chars().take(GLIMPSE).collect(),
    )
}
