//! Forgetting what is older than a tenant wants to keep.
//!
//! Ids are made in the order of time, so age is read from them: what was made before a moment has a smaller id than
//! any made at it.

use chrono::{DateTime, Utc};
use sea_orm::{Value, entity::prelude::Uuid};
use wafaa_domain::TenantScope;

use crate::{Result, Tx, archive, blob::BlobKey};

/// What was forgotten.
#[derive(Debug, Clone, Default)]
pub struct Forgotten {
    /// Messages.
    pub messages: u64,
    /// Conversations that came to their end and have no message any more.
    pub conversations: u64,
    /// Contacts that have no conversation any more and have not been seen since.
    pub contacts: u64,
    /// What providers sent.
    pub events: u64,
    /// What the tenant's systems were told.
    pub deliveries: u64,
    /// Files that came with the messages: delete them once this is committed.
    pub media: Vec<BlobKey>,
}

impl Forgotten {
    /// Whether there may be more.
    #[must_use]
    pub fn is_something(&self) -> bool {
        self.messages + self.events + self.deliveries > 0
    }
}

/// Forgets what is from before a moment, at most `limit` messages, events and tellings each. Call it again until
/// there is nothing more. Whoever has opted out stays known, so that it goes on being heeded.
///
/// # Errors
/// When the database can't be written.
pub async fn forget(tx: &Tx<TenantScope>, before: DateTime<Utc>, limit: u64) -> Result<Forgotten> {
    let first = first_id_at(before);
    let oldest = |table: &str| {
        format!(
            "id IN (SELECT o.id FROM {table} o WHERE o.tenant_id = $1 AND o.id < $2 ORDER BY o.id LIMIT {limit})"
        )
    };
    let messages = oldest("messages");
    let media = archive::media(tx, &format!("AND {messages}"), [first.into()]).await?;
    let delete = async |table: &str, condition: &str, value: Value| {
        let sql = format!("DELETE FROM {table} WHERE tenant_id = $1 AND {condition}");
        let key = [tx.tenant().uuid().into(), value];
        Ok::<u64, crate::Error>(tx.execute(&sql, key).await?.rows_affected())
    };
    Ok(Forgotten {
        messages: delete("messages", &messages, first.into()).await?,
        events: delete("inbound_events", &oldest("inbound_events"), first.into()).await?,
        deliveries: delete(
            "webhook_deliveries",
            &oldest("webhook_deliveries"),
            first.into(),
        )
        .await?,
        conversations: delete("conversations", OVER, before.into()).await?,
        contacts: delete("contacts", UNSEEN, before.into()).await?,
        media,
    })
}

const OVER: &str = "status = 'resolved' AND last_message_at < $2 AND NOT EXISTS (SELECT 1 FROM messages m \
    WHERE m.tenant_id = $1 AND m.conversation_id = conversations.id)";
const UNSEEN: &str = "last_seen_at < $2 AND opted_out_at IS NULL AND marketing_opted_out_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM conversations c \
    WHERE c.tenant_id = $1 AND c.contact_id = contacts.id)";

/// The smallest id that can be made at a moment.
fn first_id_at(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    // A version 7 UUID begins with 48 bits of Unix milliseconds.
    Uuid::from_u128(u128::from(millis & 0xffff_ffff_ffff) << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_older_or_newer_than_a_moment() {
        let id = wafaa_domain::MessageId::new().uuid();
        let now = Utc::now();
        assert!(id < first_id_at(now + chrono::TimeDelta::seconds(1)));
        assert!(id > first_id_at(now - chrono::TimeDelta::seconds(1)));
        assert_eq!(first_id_at(DateTime::UNIX_EPOCH), Uuid::nil());
    }
}
