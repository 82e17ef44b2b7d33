//! What providers told, taken in one by one within one transaction.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;
use tracing::info;
use wafaa_channels::{Inbound, Sender};
use wafaa_domain::{
    Author, BotSettings, Content, Direction, InboundEventId, MessageId, MessageStatus, TenantScope,
};
use wafaa_storage::{
    Error, Result, Tx, bot,
    channel::Channel,
    contact::{self, Contact, Seen},
    conversation::{self, Conversation, Opened},
    inbound_event,
    message::{self, Applied, Message, NewInbound, NewOutbound, Received},
};

use super::super::{Told, cut_off, event, news, news_of_channel, of_message, tell_systems, turn};
use crate::{
    News, NewsKind,
    kind::{FetchMedia, ReconcileDelivery, Sentiment, Topics, enqueue, enqueue_all},
};

/// What is under way while something of one channel is taken in.
pub(super) struct Intake<'a> {
    tx: &'a Tx<TenantScope>,
    channel: &'a Channel,
    /// Read once something asks for it: most webhooks are statuses, which no bot has a say in.
    bot: OnceCell<BotSettings>,
    event: Option<InboundEventId>,
    /// It tells of messages that are not known yet.
    unsettled: bool,
    /// To be told once it is committed.
    pub(super) news: Vec<News>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(tx: &'a Tx<TenantScope>, channel: &'a Channel) -> Self {
        Self {
            tx,
            channel,
            bot: OnceCell::new(),
            event: None,
            unsettled: false,
            news: Vec::new(),
        }
    }

    /// Takes in what was read in one event.
    ///
    /// # Errors
    /// When it can't be stored, or others get in each other's way for too long.
    pub(super) async fn event(&mut self, event: InboundEventId, told: Vec<Inbound>) -> Result<()> {
        self.event = Some(event);
        self.unsettled = false;
        for one in told {
            self.take(one).await?;
        }
        if self.unsettled {
            inbound_event::set_unsettled(self.tx, event, true).await?;
            enqueue(self.tx, &ReconcileDelivery { event }).await?;
        }
        Ok(())
    }

    async fn take(&mut self, event: Inbound) -> Result<()> {
        if let Some(told) = Told::of(&event) {
            return self.status(&told).await;
        }
        match event {
            Inbound::Message {
                provider_id,
                from,
                thread,
                reply_to,
                at,
                content,
                ..
            } => {
                let opened = self.conversation_with(&from, thread.as_deref()).await?;
                let new = NewInbound {
                    provider_id: Some(provider_id),
                    content,
                    at,
                    language: from.language,
                    reply_to,
                    event: self.event,
                };
                self.message(&opened.conversation, new).await?;
            }
            Inbound::Edited {
                provider_id,
                at,
                content,
                ..
            } => {
                let edited =
                    message::edit(self.tx, self.channel.id, &provider_id, &content, at).await?;
                self.replaced(edited.as_slice()).await?;
            }
            Inbound::Withdrawn {
                provider_id, at, ..
            } => {
                let withdrawn =
                    message::withdraw(self.tx, self.channel.id, &provider_id, at).await?;
                self.replaced(&withdrawn).await?;
            }
            Inbound::ReadUpTo { recipient, at, .. } => {
                let read = message::read_up_to(self.tx, self.channel.id, &recipient, at).await?;
                for message in &read {
                    self.changed(message);
                }
            }
            Inbound::Echo {
                provider_id,
                recipient,
                thread,
                at,
                content,
                ..
            } => {
                let to = Sender {
                    identities: vec![recipient],
                    name: None,
                    language: None,
                    phone: None,
                };
                let opened = self.conversation_with(&to, thread.as_deref()).await?;
                self.echo(&opened.conversation, provider_id, at, content)
                    .await?;
            }
            Inbound::Identified { from, .. } => {
                self.contact(&from).await?;
            }
            Inbound::Moved { from, to, .. } => {
                conversation::move_thread(self.tx, self.channel.id, &from, &to).await?;
            }
            Inbound::Marketing {
                from, wanted, at, ..
            } => {
                let contact = self.contact(&from).await?;
                contact::set_marketing(self.tx, contact.id, wanted, at).await?;
            }
            Inbound::Account { name, .. } => {
                info!(channel = %self.channel.id, notice = name, "a provider has news of a channel");
            }
            // A watermark without ids says less than the statuses that come beside it, which are told already.
            Inbound::DeliveredUpTo { .. }
            | Inbound::Status { .. }
            | Inbound::Reply { .. }
            | Inbound::Unsupported { .. } => {}
        }
        Ok(())
    }

    /// A customer's message in a conversation that is locked, and all that follows from it.
    pub(super) async fn message(
        &mut self,
        conversation: &Conversation,
        new: NewInbound,
    ) -> Result<Received> {
        let received = message::receive(self.tx, conversation, new).await?;
        let Received::New(message) = &received else {
            return Ok(received);
        };
        if let Content::Media(media) = &message.content
            && media.provider_ref.is_some()
        {
            self.keep_file_of(message).await?;
        }
        if message.content.words().is_some() {
            let message = message.id;
            enqueue_all(self.tx, &[&Sentiment { message }, &Topics { message }]).await?;
        }
        if message.content.calls_for_answer() {
            turn::begin(self.tx, conversation, self.bot().await?).await?;
        }
        tell_systems(self.tx, event::MESSAGE_RECEIVED, of_message(message)).await?;
        self.news.push(news(
            self.tx.scope(),
            NewsKind::Message,
            message.conversation,
            Some(message.id),
        ));
        Ok(received)
    }

    async fn bot(&self) -> Result<&BotSettings> {
        let read = async || Ok(bot::get(self.tx).await?.0);
        self.bot.get_or_try_init(read).await
    }

    async fn contact(&self, from: &Sender) -> Result<Contact> {
        let seen = Seen {
            identities: &from.identities,
            name: from.name.as_deref(),
            language: from.language.as_deref(),
            phone: from.phone.as_deref(),
        };
        contact::upsert(self.tx, self.channel.id, &seen).await
    }

    async fn conversation_with(&self, from: &Sender, thread: Option<&str>) -> Result<Opened> {
        let contact = self.contact(from).await?;
        let bot = self.bot().await?;
        let silence = Duration::from_secs(u64::from(bot.session_silence_minutes) * 60);
        let identity = from.identities.first().ok_or(Error::NotFound)?;
        conversation::open(self.tx, self.channel, &contact, identity, thread, silence).await
    }

    async fn status(&mut self, told: &Told) -> Result<()> {
        match message::apply_status(self.tx, self.channel.id, &told.update()).await? {
            Applied::Unknown => self.unsettled = true,
            Applied::Old(_) => {}
            Applied::Moved(message) => {
                self.changed(&message);
                if told.is_failure() {
                    tell_systems(self.tx, event::MESSAGE_FAILED, of_message(&message)).await?;
                }
            }
        }
        if let Some(why) = told.cut_off()
            && cut_off(self.tx, self.channel.id, why).await?
        {
            self.news
                .push(news_of_channel(self.tx.scope(), self.channel.id));
        }
        Ok(())
    }

    /// Somebody of the tenant's wrote in the provider's own app: the conversation is a person's now. Unless it was
    /// us, and the echo has overtaken the answer to what was sent.
    async fn echo(
        &mut self,
        conversation: &Conversation,
        provider_id: String,
        at: DateTime<Utc>,
        content: Content,
    ) -> Result<()> {
        if message::by_provider_id(self.tx, self.channel.id, &provider_id)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let id = conversation.id;
        let on_its_way = message::on_its_way(self.tx, id).await?;
        let mut ours = on_its_way
            .iter()
            .map(|message| (message.id, &message.content));
        if let Some((ours, _)) = ours.find(|(_, sent)| {
            sent.words() == content.words()
                && (sent.words().is_some() || sent.kind() == content.kind())
        }) {
            return self.status(&Told::echoed(provider_id, ours, at)).await;
        }
        let said = NewOutbound {
            id: MessageId::new(),
            direction: Direction::Outbound,
            author: Author::Program,
            content,
            status: MessageStatus::Sent,
            provider_id: Some(provider_id),
            reply_to_seq: None,
            answer: None,
            language: None,
        };
        let message = message::add(self.tx, id, said).await?;
        match conversation::take_over(self.tx, id).await {
            Ok(_) | Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
        let scope = self.tx.scope();
        self.news
            .push(news(scope, NewsKind::Message, id, Some(message.id)));
        self.news
            .push(news(scope, NewsKind::Conversation, id, None));
        Ok(())
    }

    /// What messages said is something else now; so may be their files.
    async fn replaced(&mut self, messages: &[Message]) -> Result<()> {
        for message in messages {
            self.keep_file_of(message).await?;
            self.changed(message);
        }
        Ok(())
    }

    async fn keep_file_of(&self, message: &Message) -> Result<()> {
        let message = message.id;
        enqueue(self.tx, &FetchMedia { message }).await?;
        Ok(())
    }

    fn changed(&mut self, message: &Message) {
        self.news.push(news(
            self.tx.scope(),
            NewsKind::MessageChanged,
            message.conversation,
            Some(message.id),
        ));
    }
}
