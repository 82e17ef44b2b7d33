//! What comes in by channels. A webhook is kept and acknowledged, and what it told is taken in soon after, in one
//! transaction with the jobs that follow from it. What a visitor of a web chat says is taken in at once.

mod intake;
mod receiver;

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use wafaa_channels::Inbound;
use wafaa_domain::{Content, ConversationId, Media, TenantScope};
use wafaa_storage::{
    Database, Error, Result, Tx, bot,
    channel::Channel,
    contact::{self, Seen},
    conversation::{self, Conversation, Opened},
    inbound_event::{self, Kept, Reading},
    message::{Message, NewInbound, Received},
    room,
};

use crate::{Handle, trace};

use super::no_room;
use intake::Intake;
use receiver::Receiver;
pub(crate) use receiver::{TOGETHER, look_after, take_in};

/// A visitor of a web chat stays in one thread however long they are silent.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Where messages of customers go in. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Inbox {
    db: Database,
    jobs: Handle,
    receiver: Arc<Receiver>,
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
    /// Into these rows, with a job engine for what follows.
    #[must_use]
    pub fn new(db: Database, jobs: Handle) -> Self {
        Self {
            receiver: Arc::new(Receiver::new(db.clone(), jobs.clone())),
            db,
            jobs,
        }
    }

    /// Keeps what one webhook told, to be taken in within moments. The same bytes twice are kept once.
    ///
    /// # Errors
    /// When it can't be stored; then nothing of it is, and the provider is to send it again.
    pub async fn accept(
        &self,
        scope: &TenantScope,
        channel: &Channel,
        raw: &[u8],
        told: &[Inbound],
    ) -> Result<Kept> {
        let json = serde_json::to_string(told).map_err(|error| Error::Corrupt {
            what: "webhook",
            reason: error.to_string(),
        })?;
        let trace_id = trace::current();
        let reading = (!told.is_empty()).then_some(Reading {
            told: &json,
            trace_id: trace_id.as_deref(),
        });
        let tx = self.db.write(*scope).await?;
        let kept = inbound_event::keep(&tx, channel.id, raw, reading).await?;
        tx.commit().await?;
        if reading.is_some() && matches!(kept, Kept::New(_)) {
            let only_receipts = told.iter().all(Inbound::is_receipt);
            self.receiver.call(scope, channel, only_receipts);
        }
        Ok(kept)
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
        let mut intake = Intake::new(&tx, channel);
        let new = NewInbound {
            provider_id: Some(format!("{conversation}:{client_id}")),
            content,
            at: Utc::now(),
            language: visitor.language.clone(),
            reply_to: None,
            event: None,
        };
        let received = intake.message(&opened.conversation, new).await?;
        let news = intake.news;
        tx.commit().await?;
        self.jobs.bus().tell_all(news);
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
