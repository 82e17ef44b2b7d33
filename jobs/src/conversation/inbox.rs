//! What comes in by channels: stored once, in one transaction with the jobs that follow from it.

mod intake;

use std::time::Duration;

use wafaa_channels::Inbound;
use wafaa_domain::{Content, ConversationId, Media, TenantScope};
use wafaa_storage::{
    Database, Error, Result, Tx, bot,
    channel::Channel,
    contact::{self, Seen},
    conversation::{self, Conversation, Opened},
    inbound_event::{self, Kept},
    message::{Message, NewInbound, Received},
    room,
};

use crate::{
    Handle,
    kind::{ReconcileDelivery, enqueue},
};

use super::no_room;
use intake::Intake;

/// A visitor of a web chat stays in one thread however long they are silent.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Where messages of customers go in. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// Rows.
    pub db: Database,
    /// The job engine.
    pub jobs: Handle,
}

/// What came of a webhook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Messages that are new.
    pub messages: usize,
    /// Things that were known already.
    pub known: usize,
    /// Statuses that moved a message on.
    pub statuses: usize,
}

/// Somebody who uses a web chat.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who, as long as their browser remembers.
    pub identity: String,
    /// What they call themselves.
    pub name: Option<String>,
    /// Their browser's language.
    pub language: Option<String>,
}

impl Inbox {
    /// Takes in all that one webhook told. The same bytes twice are taken in once.
    ///
    /// # Errors
    /// When it can't be stored; then nothing of it is, and the provider is to send it again.
    pub async fn accept(
        &self,
        scope: &TenantScope,
        channel: &Channel,
        raw: &[u8],
        told: Vec<Inbound>,
    ) -> Result<Accepted> {
        let tx = self.db.write(*scope).await?;
        let event = match inbound_event::keep(&tx, channel.id, raw).await? {
            Kept::New(event) => event,
            Kept::Known(_) => {
                return Ok(Accepted {
                    known: told.len(),
                    ..Accepted::default()
                });
            }
        };
        let mut intake = Intake::new(&tx, channel, Some(event));
        for one in told {
            intake.take(one).await?;
        }
        let Intake {
            accepted,
            news,
            unsettled,
            ..
        } = intake;
        if unsettled {
            inbound_event::set_unsettled(&tx, event, true).await?;
            enqueue(&tx, &ReconcileDelivery { event }).await?;
        }
        tx.commit().await?;
        for one in news {
            self.jobs.bus().tell(one);
        }
        self.jobs.wake();
        Ok(accepted)
    }

    /// A visitor of a web chat begins their conversation, or finds the one they had.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn visit(
        &self,
        scope: &TenantScope,
        channel: &Channel,
        visitor: &Visitor,
    ) -> Result<Conversation> {
        let tx = self.db.write(*scope).await?;
        let (settings, _) = bot::get(&tx).await?;
        let silence = Duration::from_secs(u64::from(settings.session_silence_minutes) * 60);
        let contact = contact::upsert(&tx, channel.id, &visitor.seen()).await?;
        let Opened { conversation, .. } =
            conversation::open(&tx, channel, &contact, &visitor.identity, None, silence).await?;
        tx.commit().await?;
        Ok(conversation)
    }

    /// A visitor says something. `client_id` is chosen by their browser, so that a repetition is the same
    /// message. A file that the tenant has no room for is refused in it; else the caller is to keep it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the conversation isn't this visitor's; [`Error::Stale`] when they have begun
    /// another since; or when it can't be stored.
    pub async fn said(
        &self,
        scope: &TenantScope,
        channel: &Channel,
        visitor: &Visitor,
        conversation: ConversationId,
        client_id: &str,
        content: Content,
    ) -> Result<Message> {
        let tx = self.db.write(*scope).await?;
        let named = conversation::get(&tx, conversation).await?;
        if named.channel != channel.id || named.identity != visitor.identity {
            return Err(Error::NotFound);
        }
        let contact = contact::upsert(&tx, channel.id, &visitor.seen()).await?;
        let opened =
            conversation::open(&tx, channel, &contact, &visitor.identity, None, FOR_EVER).await?;
        if opened.conversation.id != conversation {
            return Err(Error::Stale);
        }
        let content = with_room(&tx, content).await?;
        let mut intake = Intake::new(&tx, channel, None);
        let new = NewInbound {
            provider_id: Some(format!("{conversation}:{client_id}")),
            content,
            at: chrono::Utc::now(),
            language: visitor.language.clone(),
            reply_to: None,
            event: None,
        };
        let received = intake.message(&opened.conversation, new).await?;
        let news = intake.news;
        tx.commit().await?;
        for one in news {
            self.jobs.bus().tell(one);
        }
        self.jobs.wake();
        let (Received::New(message) | Received::Known(message)) = received;
        Ok(message)
    }
}

/// The content, without its file where the tenant may keep no more.
async fn with_room(tx: &Tx<TenantScope>, content: Content) -> Result<Content> {
    let (Content::Media(media), Some(bytes)) = (&content, content.kept_bytes()) else {
        return Ok(content);
    };
    match room::check(tx, 0, bytes).await {
        Ok(()) => Ok(content),
        Err(Error::Full { limit, .. }) => Ok(Content::Media(Media {
            bytes: None,
            refused: Some(no_room(limit)),
            ..media.clone()
        })),
        Err(error) => Err(error),
    }
}

impl Visitor {
    fn seen(&self) -> Seen<'_> {
        Seen {
            identities: std::slice::from_ref(&self.identity),
            name: self.name.as_deref(),
            language: self.language.as_deref(),
            phone: None,
        }
    }
}
