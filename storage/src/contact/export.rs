//! All that is kept of a contact, to be handed to them.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::{Value, json};
use wafaa_domain::{ContactId, ConversationId, Direction, TenantScope};

use super::get;
use crate::{
    Result, Tx,
    conversation::{self, Conversation},
    message::{self, Message},
    timeline,
};

/// Messages read at once.
const AT_ONCE: u64 = 500;

/// The contact, its conversations and their messages with their timelines, oldest first. Notes between the tenant's
/// people are not among them.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn export(tx: &Tx<TenantScope>, id: ContactId) -> Result<Value> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let contact = get(tx, id).await?;
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id FROM conversations WHERE tenant_id = $1 AND contact_id = $2 ORDER BY id",
            [tx.tenant().uuid().into(), id.uuid().into()],
        )
        .await?;
    let mut conversations = Vec::new();
    for row in rows {
        let found = conversation::get(tx, ConversationId::from_uuid(row.id)).await?;
        conversations.push(with_messages(tx, &found).await?);
    }
    let identities = contact
        .identities
        .iter()
        .map(|(channel, identity)| json!({"channel": channel, "identity": identity}));
    Ok(json!({
        "contact": {
            "id": contact.id,
            "name": contact.name,
            "phone": contact.phone,
            "language": contact.language,
            "opted_out_at": contact.opted_out_at,
            "marketing_opted_out_at": contact.marketing_opted_out_at,
            "identities": identities.collect::<Vec<_>>(),
            "created_at": contact.created_at,
            "last_seen_at": contact.last_seen_at,
        },
        "conversations": conversations,
    }))
}

async fn with_messages(tx: &Tx<TenantScope>, conversation: &Conversation) -> Result<Value> {
    let (mut messages, mut last) = (Vec::new(), 0);
    loop {
        let page = message::after(tx, conversation.id, last, AT_ONCE).await?;
        let Some(newest) = page.last() else { break };
        last = newest.seq;
        for message in page.iter().filter(|m| m.direction != Direction::Note) {
            messages.push(with_timeline(tx, message).await?);
        }
    }
    Ok(json!({
        "id": conversation.id,
        "channel": conversation.channel,
        "channel_kind": conversation.channel_kind,
        "status": conversation.status,
        "csat": conversation.csat,
        "summary": conversation.summary,
        "created_at": conversation.created_at,
        "resolved_at": conversation.resolved_at,
        "messages": messages,
    }))
}

async fn with_timeline(tx: &Tx<TenantScope>, message: &Message) -> Result<Value> {
    let entries = timeline::of(tx, message.id).await?;
    let entries = entries
        .into_iter()
        .map(|entry| json!({"stage": entry.stage, "at": entry.at, "detail": entry.detail}));
    Ok(json!({
        "id": message.id,
        "direction": message.direction,
        "author": message.author.to_string(),
        "content": message.content,
        "status": message.status,
        "sentiment": message.sentiment.as_ref().map(|found| json!({
            "label": found.label, "score": found.score, "method": found.method,
        })),
        "topics": message.topics.as_ref().map(|found| &found.phrases),
        "language": message.language,
        "at": message.at,
        "edited_at": message.edited_at,
        "timeline": entries.collect::<Vec<_>>(),
    }))
}
