//! Which conversation a message belongs to: the one that is going on, one that had just ended, or a new one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use wafaa_domain::{ChannelId, ConversationId, ConversationStatus, Priority, TenantScope};

use super::{COLUMNS, Conversation, Row, locked};
use crate::{Error, Result, Tx, channel::Channel, contact::Contact, time::now};

/// How often others may open or end one at the same moment before it is given up.
const TRIES: usize = 4;

/// A conversation to add a message to, locked.
#[derive(Debug, Clone)]
pub struct Opened {
    /// It.
    pub conversation: Conversation,
    /// Whether it has only just begun.
    pub begun: bool,
    /// Whether it had come to its end and goes on.
    pub reopened: bool,
}

/// Where a conversation takes place.
struct At<'a> {
    channel: &'a Channel,
    contact: &'a Contact,
    thread: &'a str,
}

/// The contact's conversation on this channel, and in this thread of it, locked. It is a new one when nobody has
/// said anything for as long as `silence`, unless a person has it or it waits for one. `identity` is whom the
/// channel is to send to from now on.
///
/// # Errors
/// [`Error::Stale`] when others keep opening and ending it at the same moment: try again.
pub async fn open(
    tx: &Tx<TenantScope>,
    channel: &Channel,
    contact: &Contact,
    identity: &str,
    thread: Option<&str>,
    silence: Duration,
) -> Result<Opened> {
    let at = At {
        channel,
        contact,
        thread: thread.unwrap_or(""),
    };
    let silence = TimeDelta::from_std(silence).unwrap_or(TimeDelta::MAX);
    for _ in 0..TRIES {
        let mut latest = latest(tx, &at).await?;
        if let Some(there) = latest.take() {
            let is_over = now(tx) - there.last_message_at >= silence;
            match there.status {
                ConversationStatus::Waiting | ConversationStatus::Human => {
                    return go_on(tx, there, identity, false).await;
                }
                ConversationStatus::Bot if !is_over => {
                    return go_on(tx, there, identity, false).await;
                }
                ConversationStatus::Resolved if !is_over => {
                    return go_on(tx, there, identity, true).await;
                }
                ConversationStatus::Bot => end(tx, &there).await?,
                ConversationStatus::Resolved => {}
            }
        }
        if let Some(conversation) = begin(tx, &at, identity).await? {
            return Ok(Opened {
                conversation,
                begun: true,
                reopened: false,
            });
        }
    }
    Err(Error::Stale)
}

/// The contact's latest conversation there, locked.
async fn latest(tx: &Tx<TenantScope>, at: &At<'_>) -> Result<Option<Conversation>> {
    let sql = format!(
        "SELECT {COLUMNS}, NULL AS contact_name FROM conversations c WHERE c.tenant_id = $1 \
         AND c.contact_id = $2 AND c.channel_id = $3 AND c.thread = $4 ORDER BY c.id DESC LIMIT 1 {}",
        locked(tx)
    );
    let values = [
        tx.tenant().uuid().into(),
        at.contact.id.uuid().into(),
        at.channel.id.uuid().into(),
        at.thread.into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let mut conversation = Conversation::try_from(row)?;
    conversation.contact_name.clone_from(&at.contact.name);
    Ok(Some(conversation))
}

async fn go_on(
    tx: &Tx<TenantScope>,
    mut conversation: Conversation,
    identity: &str,
    reopened: bool,
) -> Result<Opened> {
    if reopened || conversation.identity != identity {
        let again = if reopened {
            ", status = 'bot', resolved_at = NULL, assignee = NULL, low_confidence = 0"
        } else {
            ""
        };
        let sql = format!(
            "UPDATE conversations SET identity = $3{again} WHERE tenant_id = $1 AND id = $2"
        );
        let values = [
            tx.tenant().uuid().into(),
            conversation.id.uuid().into(),
            identity.into(),
        ];
        tx.execute(&sql, values).await?;
        identity.clone_into(&mut conversation.identity);
    }
    if reopened {
        conversation.status = ConversationStatus::Bot;
        conversation.resolved_at = None;
        conversation.assignee = None;
        conversation.low_confidence = 0;
    }
    Ok(Opened {
        conversation,
        begun: false,
        reopened,
    })
}

/// Ends a conversation in which nobody says anything any more.
async fn end(tx: &Tx<TenantScope>, conversation: &Conversation) -> Result<()> {
    tx.execute(
        "UPDATE conversations SET status = 'resolved', resolved_at = $3, respond_due = NULL \
         WHERE tenant_id = $1 AND id = $2",
        [
            tx.tenant().uuid().into(),
            conversation.id.uuid().into(),
            now(tx).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Begins a conversation, unless somebody else has at the same moment.
async fn begin(tx: &Tx<TenantScope>, at: &At<'_>, identity: &str) -> Result<Option<Conversation>> {
    let begun_at: DateTime<Utc> = now(tx);
    let sql = format!(
        "INSERT INTO conversations (tenant_id, id, channel_id, channel_kind, contact_id, identity, thread, \
         status, priority, seq, inbound_seq, answered_seq, low_confidence, summary_seq, last_message_at, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'bot', $8, 0, 0, 0, 0, 0, $9, $9) \
         ON CONFLICT (tenant_id, channel_id, contact_id, thread) WHERE status <> 'resolved' DO NOTHING \
         RETURNING {}, NULL AS contact_name",
        COLUMNS.replace("c.", "")
    );
    let values = [
        tx.tenant().uuid().into(),
        ConversationId::new().uuid().into(),
        at.channel.id.uuid().into(),
        at.channel.kind.as_str().into(),
        at.contact.id.uuid().into(),
        identity.into(),
        at.thread.into(),
        Priority::Normal.rank().into(),
        begun_at.into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let mut conversation = Conversation::try_from(row)?;
    conversation.contact_name.clone_from(&at.contact.name);
    Ok(Some(conversation))
}

/// Has the conversations of a thread of this channel go on in another, which is the same under another name. One whose
/// contact has begun anew there already stays where it is. Answers how many have moved.
///
/// # Errors
/// When the database can't be written.
pub async fn move_thread(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    from: &str,
    to: &str,
) -> Result<u64> {
    let moved = tx
        .execute(
            "UPDATE conversations SET thread = $4 WHERE tenant_id = $1 AND channel_id = $2 AND thread = $3 \
             AND (status = 'resolved' OR NOT EXISTS (SELECT 1 FROM conversations o WHERE o.tenant_id = $1 \
             AND o.channel_id = $2 AND o.contact_id = conversations.contact_id AND o.thread = $4 \
             AND o.status <> 'resolved'))",
            [
                tx.tenant().uuid().into(),
                channel.uuid().into(),
                from.into(),
                to.into(),
            ],
        )
        .await?;
    Ok(moved.rows_affected())
}
