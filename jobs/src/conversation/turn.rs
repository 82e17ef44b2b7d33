//! Whose turn it is in a conversation, and the job that takes the bot's.

use std::time::Duration;

use chrono::{DateTime, Utc};
use wafaa_domain::{BotSettings, ConversationStatus, TenantScope};
use wafaa_storage::{
    Error, Result, Tx,
    conversation::{self, Conversation},
};

use crate::kind::{Respond, enqueue};

/// Has the bot answer what it has not answered yet, once the burst is over. A burst that has begun goes on
/// gathering: its answer comes when its first message has waited for the whole window, however many follow.
///
/// Give it the conversation as it stands under the lock.
pub(crate) async fn begin(
    tx: &Tx<TenantScope>,
    conversation: &Conversation,
    bot: &BotSettings,
) -> Result<()> {
    if conversation.status != ConversationStatus::Bot || conversation.respond_due.is_some() {
        return Ok(());
    }
    let window = Duration::from_millis(bot.merge_window_ms.into());
    schedule(tx, conversation, window).await
}

/// As [`begin`], at once: these messages have waited already.
pub(crate) async fn again(tx: &Tx<TenantScope>, conversation: &Conversation) -> Result<()> {
    if conversation.status != ConversationStatus::Bot
        || conversation.inbound_seq <= conversation.answered_seq
    {
        return conversation::set_respond_due(tx, conversation.id, None).await;
    }
    schedule(tx, conversation, Duration::ZERO).await
}

async fn schedule(tx: &Tx<TenantScope>, conversation: &Conversation, wait: Duration) -> Result<()> {
    let now = DateTime::<Utc>::from_timestamp_millis(tx.now()).ok_or(Error::Stale)?;
    conversation::set_respond_due(tx, conversation.id, Some(now + wait)).await?;
    enqueue(tx, &Respond::after(conversation.id, wait)).await?;
    Ok(())
}
