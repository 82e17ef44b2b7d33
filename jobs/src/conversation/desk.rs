//! What the tenant's people do at their desk: answer, take, pass on, give back, close.

use std::time::Duration;

use serde_json::json;
use wafaa_channels::adapter;
use wafaa_domain::{
    Author, Content, ConversationId, ConversationStatus, HandoffReason, MemberId, MessageId,
    Priority, TenantScope, WebhookDeliveryId,
};
use wafaa_pipelines::conversation::phrase::Phrase;
use wafaa_storage::{
    Database, Error as StorageError, Tx, audit, bot, channel, contact,
    conversation::{self, Conversation},
    message::{self, Message, NewOutbound},
    webhook,
};

use super::{event, news, of_conversation, tell_systems};
use crate::{
    Handle, NewsKind,
    kind::{Deliver, Notify, enqueue},
};

/// However long ago it was resolved.
const EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Why a person can't do what they wanted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rows say no, or can't be reached.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The customer wants no more messages.
    #[error("the customer has opted out of messages")]
    OptedOut,
    /// The customer wants no marketing.
    #[error("the customer has stopped marketing messages")]
    NoMarketing,
}

type Result<T> = std::result::Result<T, Error>;

/// The desk of the tenant's people. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Rows.
    pub db: Database,
    /// The job engine.
    pub jobs: Handle,
}

impl Desk {
    /// Answers the customer and takes the conversation over. A long text becomes several messages where the
    /// channel wants it; the first is answered.
    ///
    /// # Errors
    /// [`StorageError::Stale`] when somebody else has the conversation; [`Error::OptedOut`]; [`Error::NoMarketing`].
    pub async fn reply(
        &self,
        scope: &TenantScope,
        id: ConversationId,
        author: Author,
        content: Content,
    ) -> Result<Message> {
        let tx = self.db.write(*scope).await?;
        let locked = conversation::lock(&tx, id).await?;
        let contact = contact::get(&tx, locked.contact).await?;
        if contact.opted_out_at.is_some() {
            return Err(Error::OptedOut);
        }
        if contact.marketing_opted_out_at.is_some() && content.is_marketing() {
            return Err(Error::NoMarketing);
        }
        let locked = reopened(&tx, locked).await?;
        match author {
            Author::Member(member) => drop(conversation::claim(&tx, id, member).await?),
            Author::Customer | Author::Bot | Author::Program | Author::System => {
                if locked.status != ConversationStatus::Human {
                    conversation::take_over(&tx, id).await?;
                }
            }
        }
        let mut sent = Vec::new();
        for part in parts(&locked, content) {
            let message = message::add(&tx, id, NewOutbound::queued(author, part)).await?;
            enqueue(&tx, &Deliver::of(&message)).await?;
            sent.push(message);
        }
        // What they were asked is answered now, whoever has the next turn.
        conversation::answered(&tx, id, locked.inbound_seq, 0).await?;
        let first = sent.first().cloned().ok_or(StorageError::Stale)?;
        audit::note(
            &tx,
            "message.sent",
            Some(&first.id),
            json!({ "conversation": id }),
        )
        .await?;
        tx.commit().await?;
        for message in &sent {
            self.jobs
                .bus()
                .tell(news(scope, NewsKind::Message, id, Some(message.id)));
        }
        self.jobs
            .bus()
            .tell(news(scope, NewsKind::Conversation, id, None));
        self.jobs.wake();
        Ok(first)
    }

    /// Writes a note that only the tenant's people see.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn note(
        &self,
        scope: &TenantScope,
        id: ConversationId,
        author: Author,
        text: &str,
    ) -> Result<Message> {
        let tx = self.db.write(*scope).await?;
        let note = message::add(&tx, id, NewOutbound::note(author, text)).await?;
        tx.commit().await?;
        self.jobs
            .bus()
            .tell(news(scope, NewsKind::Message, id, Some(note.id)));
        Ok(note)
    }

    /// Puts a conversation into the queue.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when it isn't the bot's.
    pub async fn hand_off(
        &self,
        scope: &TenantScope,
        id: ConversationId,
        priority: Priority,
    ) -> Result<Conversation> {
        let tx = self.db.write(*scope).await?;
        let (settings, _) = bot::get(&tx).await?;
        let reason = HandoffReason::Manual;
        super::hand_off(&tx, id, reason, priority, &settings).await?;
        self.done(tx, id, "conversation.handed_off", None).await
    }

    /// Takes a conversation.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when somebody else has it, or it is resolved.
    pub async fn claim(
        &self,
        scope: &TenantScope,
        id: ConversationId,
        member: MemberId,
    ) -> Result<Conversation> {
        let tx = self.db.write(*scope).await?;
        let claimed = conversation::claim(&tx, id, member).await?;
        tell_systems(&tx, event::CLAIMED, of_conversation(&claimed)).await?;
        self.done(tx, id, "conversation.claimed", Some(member))
            .await
    }

    /// Gives a conversation to a member, whoever has it.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when it is resolved.
    pub async fn assign(
        &self,
        scope: &TenantScope,
        id: ConversationId,
        member: MemberId,
    ) -> Result<Conversation> {
        let tx = self.db.write(*scope).await?;
        // A member of this tenant, or nobody's.
        wafaa_storage::member::get(&tx, member).await?;
        let assigned = conversation::assign(&tx, id, member).await?;
        tell_systems(&tx, event::CLAIMED, of_conversation(&assigned)).await?;
        self.done(tx, id, "conversation.assigned", Some(member))
            .await
    }

    /// Gives a conversation back to the bot, which answers from the customer's next message on.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when no person has it.
    pub async fn release(&self, scope: &TenantScope, id: ConversationId) -> Result<Conversation> {
        let tx = self.db.write(*scope).await?;
        conversation::release(&tx, id).await?;
        self.done(tx, id, "conversation.released", None).await
    }

    /// Closes a conversation, and asks how it was where the bot is set to.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when it is closed already.
    pub async fn resolve(&self, scope: &TenantScope, id: ConversationId) -> Result<Conversation> {
        let tx = self.db.write(*scope).await?;
        let (settings, _) = bot::get(&tx).await?;
        let resolved = conversation::resolve(&tx, id).await?;
        let contact = contact::get(&tx, resolved.contact).await?;
        if settings.csat && contact.opted_out_at.is_none() && resolved.csat.is_none() {
            let language = contact.language.as_deref().unwrap_or("en");
            let question = NewOutbound {
                answer: Some(json!({ "csat": true })),
                ..NewOutbound::queued(Author::System, Content::text(Phrase::Rate.say(language)))
            };
            let question = message::add(&tx, id, question).await?;
            enqueue(&tx, &Deliver::of(&question)).await?;
        }
        tell_systems(&tx, event::RESOLVED, of_conversation(&resolved)).await?;
        self.done(tx, id, "conversation.resolved", None).await
    }

    /// Sends a message anew that failed, or of which nobody knows whether it was sent.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when it is neither.
    pub async fn resend(&self, scope: &TenantScope, id: MessageId) -> Result<Message> {
        let tx = self.db.write(*scope).await?;
        let message = message::resend(&tx, id).await?;
        enqueue(&tx, &Deliver::of(&message)).await?;
        audit::note(&tx, "message.resent", Some(&id), json!({})).await?;
        tx.commit().await?;
        self.jobs.bus().tell(news(
            scope,
            NewsKind::MessageChanged,
            message.conversation,
            Some(id),
        ));
        self.jobs.wake();
        Ok(message)
    }

    /// Tells one of the tenant's systems again.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] while it is being told anyway.
    pub async fn replay(&self, scope: &TenantScope, delivery: WebhookDeliveryId) -> Result<()> {
        let tx = self.db.write(*scope).await?;
        webhook::replay(&tx, delivery).await?;
        enqueue(&tx, &Notify { delivery }).await?;
        audit::note(&tx, "webhook.replayed", Some(&delivery), json!({})).await?;
        tx.commit().await?;
        self.jobs.wake();
        Ok(())
    }

    async fn done(
        &self,
        tx: Tx<TenantScope>,
        id: ConversationId,
        action: &str,
        member: Option<MemberId>,
    ) -> Result<Conversation> {
        audit::note(&tx, action, Some(&id), json!({ "member": member })).await?;
        let now = conversation::get(&tx, id).await?;
        let scope = *tx.scope();
        tx.commit().await?;
        self.jobs
            .bus()
            .tell(news(&scope, NewsKind::Conversation, id, None));
        self.jobs.wake();
        Ok(now)
    }
}

/// A person who answers a resolved conversation has opened it again.
async fn reopened(
    tx: &Tx<TenantScope>,
    locked: Conversation,
) -> std::result::Result<Conversation, StorageError> {
    if locked.status != ConversationStatus::Resolved {
        return Ok(locked);
    }
    let channel = channel::get(tx, locked.channel).await?;
    let contact = contact::get(tx, locked.contact).await?;
    let thread = locked.thread.as_deref();
    let opened = conversation::open(tx, &channel, &contact, &locked.identity, thread, EVER).await?;
    if opened.conversation.id != locked.id {
        // The customer has begun another since: that is where to answer.
        return Err(StorageError::Stale);
    }
    Ok(opened.conversation)
}

fn parts(conversation: &Conversation, content: Content) -> Vec<Content> {
    match content {
        Content::Text { text } => {
            let limits = adapter(conversation.channel_kind).limits();
            limits.parts(&text).into_iter().map(Content::text).collect()
        }
        other => vec![other],
    }
}
