//! Forgetting a contact: who they are, all they said and were told, and whatever else mentions them.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{ContactId, ConversationId, TenantScope};

use super::{Contact, get};
use crate::{Result, Tx, archive, blob::BlobKey, condition::Conditions};

/// What was erased.
#[derive(Debug, Clone, Default)]
pub struct Erased {
    /// Conversations.
    pub conversations: u64,
    /// Messages in them.
    pub messages: u64,
    /// What providers sent that mentioned the contact.
    pub events: u64,
    /// What the tenant's systems were told about the contact, as far as we kept it.
    pub deliveries: u64,
    /// Files that came with the messages: delete them once this is committed.
    pub media: Vec<BlobKey>,
}

/// Erases a contact.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn erase(tx: &Tx<TenantScope>, id: ContactId) -> Result<Erased> {
    let contact = get(tx, id).await?;
    let of_contact = "conversation_id IN (SELECT c.id FROM conversations c \
                      WHERE c.tenant_id = $1 AND c.contact_id = $2)";
    let media = archive::media(tx, &format!("AND {of_contact}"), [id.uuid().into()]).await?;
    let deliveries = deliveries(tx, id).await?;
    let events = events(tx, &contact, of_contact).await?;
    let gone = async |sql: &str| {
        let key = [tx.tenant().uuid().into(), id.uuid().into()];
        Ok::<u64, crate::Error>(tx.execute(sql, key).await?.rows_affected())
    };
    let messages = format!("DELETE FROM messages WHERE tenant_id = $1 AND {of_contact}");
    let messages = gone(&messages).await?;
    let conversations = "DELETE FROM conversations WHERE tenant_id = $1 AND contact_id = $2";
    let conversations = gone(conversations).await?;
    gone("DELETE FROM contacts WHERE tenant_id = $1 AND id = $2").await?;
    Ok(Erased {
        conversations,
        messages,
        events,
        deliveries,
        media,
    })
}

/// What was told about the contact or one of its conversations: a payload names both by their ids.
async fn deliveries(tx: &Tx<TenantScope>, id: ContactId) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Conversation {
        id: Uuid,
    }
    let conversations: Vec<Conversation> = tx
        .rows(
            "SELECT id FROM conversations WHERE tenant_id = $1 AND contact_id = $2",
            [tx.tenant().uuid().into(), id.uuid().into()],
        )
        .await?;
    let ids = conversations
        .into_iter()
        .map(|row| ConversationId::from_uuid(row.id).to_string());
    let mut deleted = 0;
    for id in ids.chain([id.to_string()]) {
        let pattern = format!("%{id}%");
        let gone = tx
            .execute(
                "DELETE FROM webhook_deliveries WHERE tenant_id = $1 AND payload LIKE $2",
                [tx.tenant().uuid().into(), pattern.into()],
            )
            .await?;
        deleted += gone.rows_affected();
    }
    Ok(deleted)
}

/// What the contact's messages came in, and whatever else of their channels mentions one of their identities, but what is
/// not taken in yet: that may be somebody else's message too.
async fn events(tx: &Tx<TenantScope>, contact: &Contact, of_contact: &str) -> Result<u64> {
    let sql = format!(
        "DELETE FROM inbound_events WHERE tenant_id = $1 AND id IN (SELECT m.event_id FROM messages m \
         WHERE m.tenant_id = $1 AND m.event_id IS NOT NULL AND m.{of_contact})"
    );
    let key = [tx.tenant().uuid().into(), contact.id.uuid().into()];
    let mut deleted = tx.execute(&sql, key).await?.rows_affected();
    for (channel, identity) in &contact.identities {
        let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
        conditions.add("channel_id =", channel.uuid());
        conditions.add_part(tx.is_postgres(), "body", identity.clone().into_bytes());
        let (condition, values) = conditions.finish();
        let sql = format!("DELETE FROM inbound_events WHERE {condition} AND pending IS NOT TRUE");
        deleted += tx.execute(&sql, values).await?.rows_affected();
    }
    Ok(deleted)
}
