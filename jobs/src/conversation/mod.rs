//! Conversations as they go on: what comes in by channels ([`Inbox`]), and what the tenant's people do
//! ([`Desk`]). Each is one transaction that changes the conversation and enqueues what follows from it.
//!
//! What must stay true: a conversation's row is locked whenever a message is added to it, so its counters say
//! at every moment whose turn it is. The bot answers by jobs (`kind::Respond`, `kind::Deliver`) that look once
//! more, under the same lock, before they say anything.

mod desk;
mod inbox;
mod told;
pub(crate) mod turn;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wafaa_domain::{
    BotSettings, ChannelId, ConversationId, HandoffReason, MessageId, Priority, TenantScope,
};
use wafaa_storage::{
    Error, Result, Tx,
    channel::{self, Status},
    conversation::{self, Conversation, Handoff},
    message::Message,
    webhook,
};

use crate::{
    News, NewsKind,
    kind::{Escalate, Notify, enqueue},
};

pub use desk::{Desk, Error as DeskError};
pub use inbox::{Inbox, Visitor};
pub(crate) use inbox::{TOGETHER, look_after, take_in};
pub(crate) use told::Told;

/// What the tenant's own systems can be told of.
pub mod event {
    /// A customer wrote.
    pub const MESSAGE_RECEIVED: &str = "message.received";
    /// A message reached the provider.
    pub const MESSAGE_SENT: &str = "message.sent";
    /// A message could not be delivered.
    pub const MESSAGE_FAILED: &str = "message.failed";
    /// A conversation waits for a person.
    pub const HANDED_OFF: &str = "conversation.handed_off";
    /// It has waited longer than it should.
    pub const ESCALATED: &str = "conversation.escalated";
    /// A person has taken it.
    pub const CLAIMED: &str = "conversation.claimed";
    /// It has come to its end.
    pub const RESOLVED: &str = "conversation.resolved";
    /// A channel has to be connected again.
    pub const CHANNEL_DOWN: &str = "channel.reconnect";
    /// A channel's token runs out within days, or has.
    pub const CHANNEL_EXPIRING: &str = "channel.expiring";

    /// All of them.
    pub const ALL: &[&str] = &[
        MESSAGE_RECEIVED,
        MESSAGE_SENT,
        MESSAGE_FAILED,
        HANDED_OFF,
        ESCALATED,
        CLAIMED,
        RESOLVED,
        CHANNEL_DOWN,
        CHANNEL_EXPIRING,
    ];
}

/// Tells the tenant's own systems, within the transaction that it is about.
pub(crate) async fn tell_systems(tx: &Tx<TenantScope>, event: &str, data: Value) -> Result<()> {
    let payload = json!({
        "type": event,
        "timestamp": DateTime::<Utc>::from_timestamp_millis(tx.now()).map(|at| at.to_rfc3339()),
        "data": data,
    });
    for delivery in webhook::record(tx, event, &payload).await? {
        enqueue(tx, &Notify { delivery }).await?;
    }
    Ok(())
}

/// What other systems see of a message.
pub(crate) fn of_message(message: &Message) -> Value {
    json!({
        "conversation_id": message.conversation,
        "message_id": message.id,
        "direction": message.direction,
        "author": message.author.to_string(),
        "content": message.content,
        "status": message.status,
        "error": message.error,
        "at": message.at,
    })
}

/// What other systems see of a conversation.
pub(crate) fn of_conversation(conversation: &Conversation) -> Value {
    json!({
        "conversation_id": conversation.id,
        "contact_id": conversation.contact,
        "channel_id": conversation.channel,
        "status": conversation.status,
        "priority": conversation.priority,
        "handoff_reason": conversation.handoff_reason,
    })
}

/// Puts a conversation into the queue of the tenant's people and sets its clock.
///
/// # Errors
/// [`Error::Stale`] when it isn't the bot's any more.
pub(crate) async fn hand_off(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    reason: HandoffReason,
    priority: Priority,
    bot: &BotSettings,
) -> Result<Conversation> {
    let minutes = bot.handoff.sla_minutes;
    let now = DateTime::<Utc>::from_timestamp_millis(tx.now()).ok_or(Error::Stale)?;
    // Out of hours nobody is late before the doors have opened.
    let from = bot
        .hours
        .as_ref()
        .and_then(|hours| hours.next_opening(now))
        .map_or(now, |opens| opens.with_timezone(&Utc).max(now));
    let due = (minutes > 0).then(|| from + chrono::TimeDelta::minutes(i64::from(minutes)));
    let handoff = Handoff {
        reason,
        priority,
        sla_due_at: due,
    };
    let waiting = conversation::hand_off(tx, id, &handoff).await?;
    if let (Some(due), Some(since)) = (due, waiting.waiting_since) {
        let wait = (due - now).to_std().unwrap_or_default();
        enqueue(tx, &Escalate::after(id, since, wait)).await?;
    }
    tell_systems(tx, event::HANDED_OFF, of_conversation(&waiting)).await?;
    Ok(waiting)
}

/// Why the file of a message is not kept.
pub(crate) fn no_room(limit: u64) -> String {
    format!("the storage is full: no more than {limit} bytes may be kept")
}

/// News of a conversation, to be told after the commit.
pub(crate) const fn news(
    scope: &TenantScope,
    news: NewsKind,
    conversation: ConversationId,
    message: Option<MessageId>,
) -> News {
    News {
        news,
        tenant_id: scope.tenant(),
        conversation_id: Some(conversation),
        message_id: message,
        channel_id: None,
    }
}

/// News of a channel, to be told after the commit.
pub(crate) const fn news_of_channel(scope: &TenantScope, channel: ChannelId) -> News {
    News {
        news: NewsKind::Channel,
        tenant_id: scope.tenant(),
        conversation_id: None,
        message_id: None,
        channel_id: Some(channel),
    }
}

/// Notes that a channel has to be connected anew and tells the tenant's own systems; answers whether that is news.
pub(crate) async fn cut_off(tx: &Tx<TenantScope>, channel: ChannelId, why: &str) -> Result<bool> {
    let is_news = channel::set_status(tx, channel, Status::Reconnect, Some(why)).await?;
    if is_news {
        let data = json!({ "channel_id": channel, "detail": why });
        tell_systems(tx, event::CHANNEL_DOWN, data).await?;
    }
    Ok(is_news)
}
