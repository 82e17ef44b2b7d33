//! Messages that change after they were stored.

use chrono::{DateTime, Utc};
use serde_json::json;
use wafaa_domain::{ChannelId, Content, MessageId, Stage, TenantScope};

use super::{
    Message,
    row::{kept, update},
};
use crate::{Error, Result, Tx, time::now, timeline};

/// Files of one message, at the most. Where a provider puts several into one, each is a message here: the first by
/// the provider's id, and the others by it, `#` and their number from 1.
const MOST_FILES: usize = 32;

/// Notes that a customer has changed what they wrote; `None` when the channel has brought no such message.
///
/// # Errors
/// When the database can't be written.
pub async fn edit(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    provider_id: &str,
    content: &Content,
    at: DateTime<Utc>,
) -> Result<Option<Message>> {
    let edited = update(
        tx,
        "content = $4, kind = $5, edited_at = $6, media_bytes = $7",
        "channel_id = $2 AND provider_id = $3 AND status <> 'withdrawn' \
         AND (edited_at IS NULL OR edited_at <= $6)",
        [
            channel.uuid().into(),
            provider_id.into(),
            encode(content)?.into(),
            content.kind().into(),
            at.into(),
            kept(content).into(),
        ],
    )
    .await?;
    let edited = noted(tx, edited, Stage::Edited, at).await?;
    Ok(edited.into_iter().next())
}

/// Notes that a customer has taken back what they wrote, and forgets it with all its files; answers the messages
/// that this was, which are none when the channel has brought no such message.
///
/// # Errors
/// When the database can't be written.
pub async fn withdraw(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    provider_id: &str,
    at: DateTime<Utc>,
) -> Result<Vec<Message>> {
    let files: Vec<String> = (1..MOST_FILES).map(|n| format!(", $3 || '#{n}'")).collect();
    let nothing = Content::Unsupported {
        name: "withdrawn".into(),
    };
    let withdrawn = update(
        tx,
        "status = 'withdrawn', content = $4, kind = $5, changed_at = $6, sentiment = NULL, \
         sentiment_score = NULL, sentiment_method = NULL, topics = NULL, topics_method = NULL, media_bytes = NULL",
        &format!("channel_id = $2 AND provider_id IN ($3{})", files.concat()),
        [
            channel.uuid().into(),
            provider_id.into(),
            encode(&nothing)?.into(),
            nothing.kind().into(),
            now(tx).into(),
        ],
    )
    .await?;
    noted(tx, withdrawn, Stage::Withdrawn, at).await
}

/// Keeps what is now known of a message's content, such as the size of its file.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when its author has taken it back.
pub async fn set_content(tx: &Tx<TenantScope>, id: MessageId, content: &Content) -> Result<()> {
    let changed = update(
        tx,
        "content = $3, kind = $4, media_bytes = $5",
        "id = $2 AND status <> 'withdrawn'",
        [
            id.uuid().into(),
            encode(content)?.into(),
            content.kind().into(),
            kept(content).into(),
        ],
    )
    .await?;
    if changed.is_empty() {
        super::get(tx, id).await?;
        return Err(Error::Stale);
    }
    Ok(())
}

async fn noted(
    tx: &Tx<TenantScope>,
    changed: Vec<Message>,
    stage: Stage,
    at: DateTime<Utc>,
) -> Result<Vec<Message>> {
    for message in &changed {
        timeline::note(tx, message.id, stage, json!({"at": at})).await?;
    }
    Ok(changed)
}

fn encode(content: &Content) -> Result<String> {
    serde_json::to_string(content).map_err(|error| Error::corrupt("message", error))
}
