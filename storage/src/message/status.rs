//! What providers say about messages that were sent: in any order, more than once, and sometimes before we know
//! how the provider calls the message.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sea_orm::Value as Bound;
use serde_json::{Value, json};
use wafaa_domain::{ChannelId, Failure, MessageId, MessageStatus, Stage, TenantScope};

use super::{
    Message,
    row::{select, update},
};
use crate::{Result, Tx, time::now, timeline};

/// What a provider says about one message.
#[derive(Debug, Clone, Copy)]
pub struct StatusUpdate<'a> {
    /// How the provider calls it.
    pub provider_id: Option<&'a str>,
    /// How we do, where the provider echoes it.
    pub ours: Option<MessageId>,
    /// Where it stands.
    pub status: MessageStatus,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why it was refused, when it was.
    pub error: Option<&'a Failure>,
}

/// What has come of it.
#[derive(Debug, Clone)]
pub enum Applied {
    /// The channel has no such message, or does not know it by this id yet.
    Unknown,
    /// The message had come as far, or further, before.
    Old(Message),
    /// The message has come further.
    Moved(Message),
}

/// Notes what a provider says about a message. The later status wins, in whatever order they come.
///
/// # Errors
/// When the database can't be written.
pub async fn apply_status(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    said: &StatusUpdate<'_>,
) -> Result<Applied> {
    let ours = said.ours.map(|id| ("id = $3", Bound::from(id.uuid())));
    let theirs = said.provider_id.map(|id| ("provider_id = $3", id.into()));
    let earlier = earlier(said.status);
    for (which, id) in ours.into_iter().chain(theirs) {
        let which = format!("channel_id = $2 AND direction = 'outbound' AND {which}");
        let moved = update(
            tx,
            "status = $4, changed_at = $5, error_code = $6, error_message = $7, provider_id = CASE \
             WHEN provider_id IS NULL AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.tenant_id = $1 \
             AND o.channel_id = $2 AND o.provider_id = $8) THEN $8 ELSE provider_id END",
            &format!("{which} AND status IN ({earlier})"),
            [
                channel.uuid().into(),
                id.clone(),
                said.status.as_str().into(),
                now(tx).into(),
                said.error.map(|error| error.code.clone()).into(),
                said.error.map(|error| error.message.clone()).into(),
                said.provider_id.map(str::to_owned).into(),
            ],
        )
        .await?;
        if let Some(message) = moved.into_iter().next() {
            note(tx, &message, said).await?;
            return Ok(Applied::Moved(message));
        }
        let known = select(tx, &which, [channel.uuid().into(), id]).await?;
        if let Some(message) = known.into_iter().next() {
            return Ok(Applied::Old(message));
        }
    }
    Ok(Applied::Unknown)
}

/// The statuses that a message of this status may have had before, for an IN list.
fn earlier(status: MessageStatus) -> String {
    let before = |other: &&MessageStatus| {
        other.rank() < status.rank()
            && !matches!(other, MessageStatus::Received | MessageStatus::Superseded)
    };
    let mut list = String::from("''");
    for other in MessageStatus::ALL.iter().filter(before) {
        let _ = write!(list, ", '{other}'");
    }
    list
}

async fn note(tx: &Tx<TenantScope>, message: &Message, update: &StatusUpdate<'_>) -> Result<()> {
    let mut detail = json!({"at": update.at});
    if let Some(error) = update.error {
        detail["code"] = Value::from(error.code.as_str());
    }
    match stage(update.status) {
        Some(stage) => timeline::note(tx, message.id, stage, detail).await,
        None => Ok(()),
    }
}

const fn stage(status: MessageStatus) -> Option<Stage> {
    match status {
        MessageStatus::Sent => Some(Stage::Sent),
        MessageStatus::Delivered => Some(Stage::Delivered),
        MessageStatus::Read => Some(Stage::Read),
        MessageStatus::Failed => Some(Stage::Failed),
        MessageStatus::Withdrawn => Some(Stage::Withdrawn),
        MessageStatus::Received
        | MessageStatus::Queued
        | MessageStatus::Sending
        | MessageStatus::Unknown
        | MessageStatus::Superseded => None,
    }
}

/// Notes that somebody has read all that was sent to them until `at`, and answers which messages that is news of.
///
/// # Errors
/// When the database can't be written.
pub async fn read_up_to(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    identity: &str,
    at: DateTime<Utc>,
) -> Result<Vec<Message>> {
    let read = update(
        tx,
        "status = 'read', changed_at = $5",
        "channel_id = $2 AND direction = 'outbound' AND status IN ('sent', 'delivered', 'unknown') \
         AND created_at <= $4 AND conversation_id IN (SELECT c.id FROM conversations c \
         JOIN contact_identities i ON i.tenant_id = c.tenant_id AND i.contact_id = c.contact_id \
         WHERE c.tenant_id = $1 AND i.channel_id = $2 AND i.identity = $3)",
        [
            channel.uuid().into(),
            identity.into(),
            at.into(),
            now(tx).into(),
        ],
    )
    .await?;
    let detail = json!({"at": at});
    let notes = read
        .iter()
        .map(|message| (message.id, Stage::Read, detail.clone()));
    timeline::note_all(tx, &notes.collect::<Vec<_>>()).await?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_superseded_or_came_in_has_no_status_of_a_provider() {
        let delivered = earlier(MessageStatus::Delivered);
        assert_eq!(
            delivered,
            "'', 'queued', 'sending', 'sent', 'failed', 'unknown'"
        );
        assert!(!earlier(MessageStatus::Read).contains("superseded"));
        assert!(!earlier(MessageStatus::Failed).contains("delivered"));
    }
}
