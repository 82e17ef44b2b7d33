//! Looking at messages.

use chrono::{DateTime, Utc};
use wafaa_domain::{ChannelId, ConversationId, MessageId, TenantScope};

use super::{Message, row::select};
use crate::{Error, Page, Result, Tx};

/// A message of the tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: MessageId) -> Result<Message> {
    let found = select(tx, "id = $2", [id.uuid().into()]).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// As [`get`]; nobody else changes it before the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &Tx<TenantScope>, id: MessageId) -> Result<Message> {
    let condition = if tx.is_postgres() {
        "id = $2 FOR UPDATE"
    } else {
        "id = $2"
    };
    let found = select(tx, condition, [id.uuid().into()]).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// The channel's message that the provider calls so, if there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn by_provider_id(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<Message>> {
    let key = [channel.uuid().into(), provider_id.into()];
    let found = select(tx, "channel_id = $2 AND provider_id = $3", key).await?;
    Ok(found.into_iter().next())
}

/// What is being sent in a conversation, and what nobody knows whether it was sent, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn on_its_way(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
) -> Result<Vec<Message>> {
    let condition = "conversation_id = $2 AND direction = 'outbound' AND status IN ('sending', 'unknown') ORDER BY seq";
    select(tx, condition, [conversation.uuid().into()]).await
}

/// What the customer has said after number `after_seq`, oldest first: without reactions, which call for no
/// answer, and without what they have taken back.
///
/// # Errors
/// When the database can't be read.
pub async fn unanswered(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
    after_seq: i64,
) -> Result<Vec<Message>> {
    let values = [conversation.uuid().into(), after_seq.into()];
    let condition = "conversation_id = $2 AND seq > $3 AND direction = 'inbound' AND kind <> 'reaction' \
                     AND status <> 'withdrawn' ORDER BY seq";
    select(tx, condition, values).await
}

/// What both sides have said up to number `up_to_seq`: the newest `limit` messages, oldest first. Notes are not
/// among them, nor what never reached the other side.
///
/// # Errors
/// When the database can't be read.
pub async fn history(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
    up_to_seq: i64,
    limit: u64,
) -> Result<Vec<Message>> {
    let condition = format!(
        "conversation_id = $2 AND seq <= $3 AND direction <> 'note' AND kind <> 'reaction' \
         AND status NOT IN ('superseded', 'failed', 'withdrawn') ORDER BY seq DESC LIMIT {limit}"
    );
    let values = [conversation.uuid().into(), up_to_seq.into()];
    let mut newest_first = select(tx, &condition, values).await?;
    newest_first.reverse();
    Ok(newest_first)
}

/// A conversation's messages and notes, newest first, before number `before_seq`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
    before_seq: Option<i64>,
    limit: u64,
) -> Result<Page<Message>> {
    let condition = format!(
        "conversation_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT {}",
        limit + 1
    );
    let before = before_seq.unwrap_or(i64::MAX);
    let values = [conversation.uuid().into(), before.into()];
    Ok(Page::of(select(tx, &condition, values).await?, limit))
}

/// A conversation's messages and notes after number `seq`, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn after(
    tx: &Tx<TenantScope>,
    conversation: ConversationId,
    seq: i64,
    limit: u64,
) -> Result<Vec<Message>> {
    let condition = format!("conversation_id = $2 AND seq > $3 ORDER BY seq LIMIT {limit}");
    select(tx, &condition, [conversation.uuid().into(), seq.into()]).await
}

/// The tenant's messages of which nobody has known since before `since` whether they were sent, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn doubtful(
    tx: &Tx<TenantScope>,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Message>> {
    let condition = format!(
        "status IN ('sending', 'unknown') AND changed_at < $2 ORDER BY changed_at LIMIT {limit}"
    );
    select(tx, &condition, [since.into()]).await
}
