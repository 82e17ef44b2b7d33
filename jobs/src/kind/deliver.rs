//! `deliver`: send one message through its channel, at most once.
//!
//! That it is about to be sent is committed before the provider hears of it. Whoever finds a message in that
//! state was not the one who sent it: it is marked `unknown` and never sent again by itself.

use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use wafaa_channels::{File, Outbound, SendError, Sent, Tag, adapter};
use wafaa_domain::{
    Author, Content, ConversationId, Failure as Reason, Lane, MessageId, MessageStatus, TenantScope,
};
use wafaa_storage::{
    Error, Tx,
    blob::BlobKey,
    channel::{self, Channel},
    contact,
    conversation::Conversation,
    inbound_event,
    message::{self, Message, Sending},
};

use super::{Kind, account, missing};
use crate::{
    Context, Done, Failure, NewsKind,
    conversation::{cut_off, event, of_message, tell_systems, turn},
};

/// What is kept is taken in within moments.
const SOON: Duration = Duration::from_millis(100);

/// Sends one message.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deliver {
    /// Which message.
    pub message: MessageId,
    /// Its conversation, whose messages are sent in order.
    pub conversation: ConversationId,
}

impl Deliver {
    /// Sends this one.
    pub(crate) const fn of(message: &Message) -> Self {
        Self {
            message: message.id,
            conversation: message.conversation,
        }
    }
}

impl Kind for Deliver {
    const KIND: &'static str = "deliver";
    const LANE: Lane = Lane::Deliver;
    const TIMEOUT: Duration = Duration::from_secs(90);

    fn order_key(&self) -> Option<String> {
        Some(format!("deliver:{}", self.conversation))
    }

    fn parent(&self) -> Option<String> {
        Some(self.message.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.services().db.write(*context.scope()).await?;
        let (message, conversation) = match message::begin_send(&tx, self.message)
            .await
            .map_err(missing)?
        {
            Sending::Go(message, conversation) => {
                if is_overtaken(&tx, &conversation, &message).await? {
                    return Err(Failure::Snooze(
                        SOON,
                        "the customer has just said something else".into(),
                    ));
                }
                (message, conversation)
            }
            Sending::Superseded(_, conversation) => {
                tx.commit().await?;
                return self.superseded(context, &conversation).await;
            }
            Sending::Doubtful(_) => {
                tx.commit().await?;
                context.tell(
                    NewsKind::MessageChanged,
                    self.conversation,
                    Some(self.message),
                );
                return context.done().await;
            }
            Sending::Done(_) => return context.done().await,
        };
        let channel = channel::get(&tx, conversation.channel)
            .await
            .map_err(missing)?;
        let barred = is_barred(&tx, &conversation, &message).await?;
        tx.commit().await?;
        context.tell(
            NewsKind::MessageChanged,
            self.conversation,
            Some(self.message),
        );
        let outcome = if barred {
            Err(no_marketing())
        } else {
            send(context, &channel, &conversation, &message).await
        };
        self.record(context, &channel, outcome).await
    }

    /// Given up, or called off, before anybody could say how it went.
    async fn ended(&self, tx: &Tx<TenantScope>, reason: &Reason) -> Result<(), Error> {
        let found = match message::get(tx, self.message).await {
            Err(Error::NotFound) => return Ok(()),
            other => other?,
        };
        match found.status {
            MessageStatus::Queued => drop(message::failed(tx, self.message, reason).await?),
            MessageStatus::Sending => drop(message::unknown(tx, self.message).await?),
            MessageStatus::Received
            | MessageStatus::Sent
            | MessageStatus::Delivered
            | MessageStatus::Read
            | MessageStatus::Failed
            | MessageStatus::Unknown
            | MessageStatus::Superseded
            | MessageStatus::Withdrawn => {}
        }
        Ok(())
    }
}

impl Deliver {
    /// Something newer came first: the bot, if it still has the turn, answers all of it.
    async fn superseded(
        &self,
        context: &Context,
        conversation: &Conversation,
    ) -> Result<Done, Failure> {
        let tx = context.finish().await?;
        let conversation = wafaa_storage::conversation::lock(&tx, conversation.id).await?;
        if conversation.respond_due.is_none() {
            turn::again(&tx, &conversation).await?;
        }
        tx.tell(
            NewsKind::MessageChanged,
            self.conversation,
            Some(self.message),
        );
        tx.commit().await
    }

    async fn record(
        &self,
        context: &Context,
        channel: &Channel,
        outcome: Result<Sent, SendError>,
    ) -> Result<Done, Failure> {
        let error = match outcome {
            Ok(sent) => {
                let tx = context.finish().await?;
                let provider_id = sent.provider_id.as_deref();
                match message::sent(&tx, self.message, provider_id).await {
                    Ok(message) => {
                        tell_systems(&tx, event::MESSAGE_SENT, of_message(&message)).await?;
                    }
                    // The provider's word came first.
                    Err(Error::Stale) => {}
                    Err(error) => return Err(error.into()),
                }
                tx.tell(
                    NewsKind::MessageChanged,
                    self.conversation,
                    Some(self.message),
                );
                return tx.commit().await;
            }
            Err(error) => error,
        };
        match error {
            SendError::Wait { after, detail } => {
                self.defer(context, &detail).await?;
                Err(Failure::Snooze(after, detail))
            }
            SendError::Transient { detail } => {
                self.defer(context, &detail).await?;
                Err(Failure::Retry(detail))
            }
            SendError::Unknown { .. } => {
                let tx = context.finish().await?;
                message::unknown(&tx, self.message).await?;
                tx.tell(
                    NewsKind::MessageChanged,
                    self.conversation,
                    Some(self.message),
                );
                tx.commit().await
            }
            SendError::NeedsTemplate { .. }
            | SendError::Stop { .. }
            | SendError::Reconnect { .. }
            | SendError::Invalid { .. } => self.refused(context, channel, &error).await,
        }
    }

    /// It was surely not sent, so that it may be tried again.
    async fn defer(&self, context: &Context, why: &str) -> Result<(), Failure> {
        let tx = context.services().db.write(*context.scope()).await?;
        message::defer(&tx, self.message, why).await?;
        tx.commit().await?;
        context.tell(
            NewsKind::MessageChanged,
            self.conversation,
            Some(self.message),
        );
        Ok(())
    }

    async fn refused(
        &self,
        context: &Context,
        channel: &Channel,
        error: &SendError,
    ) -> Result<Done, Failure> {
        let reason = Reason {
            code: error.code().to_owned(),
            message: error.detail().to_owned(),
        };
        let tx = context.finish().await?;
        let message = message::failed(&tx, self.message, &reason).await?;
        tell_systems(&tx, event::MESSAGE_FAILED, of_message(&message)).await?;
        if let SendError::Reconnect { detail } = error
            && cut_off(&tx, channel.id, detail).await?
        {
            tx.tell_of_channel(channel.id);
        }
        tx.tell(
            NewsKind::MessageChanged,
            self.conversation,
            Some(self.message),
        );
        tx.commit().await
    }
}

/// Whether the customer has said something that is kept and not taken in yet, before which the bot must not speak.
async fn is_overtaken(
    tx: &Tx<TenantScope>,
    conversation: &Conversation,
    message: &Message,
) -> Result<bool, Error> {
    if message.author != Author::Bot {
        return Ok(false);
    }
    let of_theirs = ["\"message\":{", conversation.identity.as_str()];
    inbound_event::mentions(tx, conversation.channel, &of_theirs).await
}

/// Whether the customer has stopped what this is, perhaps since it was queued.
async fn is_barred(
    tx: &Tx<TenantScope>,
    conversation: &Conversation,
    message: &Message,
) -> Result<bool, Error> {
    if !message.content.is_marketing() {
        return Ok(false);
    }
    let contact = contact::get(tx, conversation.contact).await?;
    Ok(contact.marketing_opted_out_at.is_some())
}

fn no_marketing() -> SendError {
    SendError::Stop {
        code: "marketing_opted_out".into(),
        detail: "the customer has stopped marketing messages; a template that is none says so by its category"
            .into(),
    }
}

async fn send(
    context: &Context,
    channel: &Channel,
    conversation: &Conversation,
    message: &Message,
) -> Result<Sent, SendError> {
    let invalid = |detail: String| SendError::Invalid { detail };
    let services = context.services();
    let account = account(services, context.scope(), channel)
        .map_err(|failure| invalid(format!("{failure:?}")))?;
    let mut outbound = Outbound::new(message.id, &conversation.identity, message.content.clone());
    outbound.thread.clone_from(&conversation.thread);
    outbound.tag = tag(conversation, message)?;
    if let Content::Media(media) = &message.content
        && media.provider_ref.is_none()
    {
        let key = BlobKey::media(message.id);
        let bytes = services.blobs.get(context.scope(), &key).await;
        let bytes = bytes.map_err(|error| SendError::Transient {
            detail: format!("the file can't be read: {error}"),
        })?;
        outbound.file = Some(File {
            bytes: bytes.to_vec(),
            media_type: media
                .media_type
                .clone()
                .unwrap_or_else(|| "application/octet-stream".into()),
            filename: media.filename.clone().unwrap_or_else(|| "file".into()),
        });
    }
    services.channels.send(&account, &outbound).await
}

/// Whether the channel still takes free words: a while after the customer's last message only templates, or
/// a person's own answer, may be sent.
fn tag(conversation: &Conversation, message: &Message) -> Result<Option<Tag>, SendError> {
    let limits = adapter(conversation.channel_kind).limits();
    let (Some(window), Some(last)) = (limits.window, conversation.last_inbound_at) else {
        return Ok(None);
    };
    let silence = (Utc::now() - last).to_std().unwrap_or_default();
    if silence < window || matches!(message.content, Content::Template { .. }) {
        return Ok(None);
    }
    let by_a_person = matches!(message.author, Author::Member(_));
    if by_a_person && limits.tagged_window.is_some_and(|longer| silence < longer) {
        return Ok(Some(Tag::HumanAgent));
    }
    Err(SendError::NeedsTemplate {
        detail:
            "the customer's last message is too long ago for free words; send an approved template"
                .into(),
    })
}
