//! Support: a tenant with a channel, and a customer who writes by it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use wafaa_domain::{
    Author, ChannelId, ChannelKind, Content, ConversationId, MessageId, TenantScope,
};
use wafaa_storage::{
    Database, Result, Tx,
    channel::{self, Channel, NewChannel},
    contact::{self, Contact, Seen},
    conversation::{self, Conversation, Opened},
    message::{self, Message, NewInbound, NewOutbound, Received},
    seal::Sealer,
};

use crate::database::{tenant, write};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn sealer() -> Sealer {
    Sealer::new([7; 32], &[])
}

/// A WhatsApp number with a sealed secret.
pub(crate) fn new_channel(scope: TenantScope, external_id: &str) -> NewChannel {
    let id = ChannelId::new();
    let secrets = sealer().seal(scope.tenant(), &id.to_string(), b"{}");
    NewChannel {
        id,
        kind: ChannelKind::Whatsapp,
        name: "Orders".into(),
        settings: json!({"phone_number_id": external_id}),
        secrets: Some(secrets.unwrap()),
        secret_names: vec!["access_token".into()],
        external_id: Some(external_id.into()),
        token_expires_at: None,
    }
}

pub(crate) async fn seen(
    tx: &Tx<TenantScope>,
    channel: &Channel,
    identities: &[&str],
) -> Result<Contact> {
    let identities: Vec<String> = identities.iter().map(|id| (*id).to_owned()).collect();
    let seen = Seen {
        identities: &identities,
        name: Some("Layla"),
        language: None,
        phone: None,
    };
    contact::upsert(tx, channel.id, &seen).await
}

/// A message with these words, which the provider calls so.
pub(crate) fn said(provider_id: &str, text: &str) -> NewInbound {
    NewInbound {
        provider_id: Some(provider_id.into()),
        content: Content::text(text),
        at: Utc::now(),
        language: None,
        reply_to: None,
        event: None,
    }
}

/// The bot's answer to the customer's message with this number.
pub(crate) fn answer(seq: i64) -> NewOutbound {
    NewOutbound {
        reply_to_seq: Some(seq),
        answer: Some(json!({"confidence": 0.9})),
        ..NewOutbound::queued(Author::Bot, Content::text("Until ten."))
    }
}

/// A customer of a tenant in conversation with it.
pub(crate) struct Talk {
    pub(crate) db: Database,
    pub(crate) scope: TenantScope,
    pub(crate) channel: Channel,
    pub(crate) contact: Contact,
    pub(crate) id: ConversationId,
}

impl Talk {
    pub(crate) async fn begin(db: &Database, slug: &str) -> Self {
        Self::of(db, tenant(db, slug).await).await
    }

    pub(crate) async fn of(db: &Database, scope: TenantScope) -> Self {
        let (channel, contact, id) = write(db, scope, async |tx| {
            let channel = channel::create(tx, new_channel(scope, "15550001")).await?;
            let contact = seen(tx, &channel, &["971500000001"]).await?;
            let opened = open(tx, &channel, &contact).await?;
            assert!(opened.begun);
            Ok((channel, contact, opened.conversation.id))
        })
        .await
        .unwrap();
        Self {
            db: db.clone(),
            scope,
            channel,
            contact,
            id,
        }
    }

    pub(crate) async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Tx<TenantScope>) -> Result<T>,
    ) -> Result<T> {
        write(&self.db, self.scope, work).await
    }

    pub(crate) async fn conversation(&self) -> Conversation {
        self.write(async |tx| conversation::get(tx, self.id).await)
            .await
            .unwrap()
    }

    pub(crate) async fn message(&self, id: MessageId) -> Message {
        self.write(async |tx| message::get(tx, id).await)
            .await
            .unwrap()
    }

    /// The customer says something.
    pub(crate) async fn hears(&self, provider_id: &str, text: &str) -> Message {
        let received = self.write(async |tx| {
            let conversation = conversation::get(tx, self.id).await?;
            message::receive(tx, &conversation, said(provider_id, text)).await
        });
        match received.await.unwrap() {
            Received::New(message) => message,
            Received::Known(message) => panic!("{message:?} was known"),
        }
    }

    /// The bot answers the customer's message with this number.
    pub(crate) async fn answers(&self, seq: i64) -> MessageId {
        let added = self.write(async |tx| {
            let message = message::add(tx, self.id, answer(seq)).await?;
            conversation::answered(tx, self.id, seq, 0).await?;
            Ok(message.id)
        });
        added.await.unwrap()
    }

    /// A message that is being sent.
    pub(crate) async fn sends(&self, seq: i64) -> MessageId {
        let id = self.answers(seq).await;
        let begun = self.write(async |tx| message::begin_send(tx, id).await);
        let begun = begun.await.unwrap();
        assert!(matches!(begun, message::Sending::Go(..)), "{begun:?}");
        id
    }
}

pub(crate) async fn open(
    tx: &Tx<TenantScope>,
    channel: &Channel,
    contact: &Contact,
) -> Result<Opened> {
    conversation::open(tx, channel, contact, "971500000001", None, DAY).await
}

/// A moment so many seconds from now.
pub(crate) fn in_seconds(seconds: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(seconds)
}
