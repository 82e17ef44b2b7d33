//! `/widget/{public_token}`: the chat on a tenant's web site, for everybody who visits it.
//!
//! A visitor holds a token for one conversation, and reads and writes nothing else. What the tenant's people
//! say among themselves, and what isn't sent yet, is not shown.

mod attachment;
mod events;
mod origin;
mod view;
mod visitor;

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use poem::{Request, web::Data};
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use uuid::Uuid;
use wafaa_domain::{Content, ConversationId, MessageId, TenantScope};
use wafaa_jobs::conversation::Visitor as Customer;
use wafaa_storage::{
    bot, conversation,
    limit::{Class, Key, Quota},
    message,
};

use crate::{
    body::Body,
    edge::Context,
    error::{Error, Result},
    file::{self, File},
    lookup::Found,
    param::Id,
    resource::{Created, Done, Tag},
    state::State,
    stream::Events,
};
use attachment::Attachment;
use view::{Appearance, Begin, Begun, Event, Message, Rating, Say};
use visitor::{Bearer, Visitor};

pub(crate) use origin::guard;

/// Conversations that one host may begin.
const BEGINNINGS: Quota = Quota::new(30, Duration::from_secs(60));
/// Messages that one visitor may send.
const MESSAGES: Quota = Quota::new(30, Duration::from_secs(60));

pub(crate) struct Widget;

#[OpenApi(prefix_path = "/widget", tag = "Tag::Widget")]
impl Widget {
    /// See how the chat presents itself
    ///
    /// In the first of the visitor's languages that the bot speaks.
    #[oai(path = "/:public_token", method = "get", operation_id = "get_widget")]
    async fn appearance(
        &self,
        state: Data<&State>,
        public_token: Path<String>,
        /// The visitor's languages, best first, such as `ar-SA,en`.
        #[oai(validator(max_length = 200))]
        language: Query<Option<String>>,
    ) -> Result<Json<Appearance>> {
        let chat = find(&state, &public_token.0).await?;
        let tx = state.db().read(chat.scope()).await?;
        let (settings, _) = bot::get(&tx).await?;
        tx.commit().await?;
        let wanted = language.0.unwrap_or_default();
        Ok(Json(Appearance::of(chat.channel(), settings, &wanted)))
    }

    /// Begin a conversation, or go on with one
    ///
    /// A visitor who sends the token of before is the same visitor. The answer's `visitor_token` opens this
    /// conversation and nothing else.
    #[oai(
        path = "/:public_token/conversations",
        method = "post",
        operation_id = "begin_widget_conversation"
    )]
    async fn begin(
        &self,
        state: Data<&State>,
        context: Data<&Context>,
        request: &Request,
        bearer: Bearer,
        public_token: Path<String>,
        body: Body<Begin>,
    ) -> Result<Created<Begun>> {
        let chat = find(&state, &public_token.0).await?;
        let channel = &chat.channel().id;
        let known = bearer
            .visitor(&state.secrets)
            .filter(|visitor| visitor.channel == *channel);
        if known.is_none() {
            let host = state.secrets.attempt(&state.trusted_proxies.host(request));
            take(&state, &context, &Key::visitor("host", &host), BEGINNINGS).await?;
        }
        let person = known.map_or_else(Uuid::now_v7, |visitor| visitor.person);
        let customer = Customer {
            identity: person.simple().to_string(),
            name: body.value.name,
            language: body.value.language,
        };
        let opened = state
            .inbox()
            .visit(&chat.scope(), chat.channel(), &customer)
            .await?;
        let visitor = Visitor {
            channel: *channel,
            person,
            conversation: opened.id,
        };
        let (token, until) = visitor.token(&state.secrets, Utc::now());
        Ok(Created::Made(Json(Begun::of(&opened, token, until))))
    }

    /// Say something
    ///
    /// The same `client_id` again is the same message.
    #[oai(
        path = "/:public_token/conversations/:id/messages",
        method = "post",
        operation_id = "send_widget_message"
    )]
    async fn say(
        &self,
        state: Data<&State>,
        context: Data<&Context>,
        bearer: Bearer,
        public_token: Path<String>,
        id: Path<Id<ConversationId>>,
        body: Body<Say>,
    ) -> Result<Created<Message>> {
        let chat = find(&state, &public_token.0).await?;
        let visitor = bearer.of(&state.secrets, chat.channel().id, id.0.0)?;
        let said = body.value.checked()?;
        chat.count(&state, &context, &visitor).await?;
        let message = chat
            .said(&state, &visitor, said.client_id, said.content)
            .await?;
        Ok(Created::Made(Json(message.into())))
    }

    /// Send a file
    ///
    /// Pictures, sound, films, PDF and plain text, up to 10 MB. When the tenant may keep no more, the message says
    /// that the file was not kept.
    #[oai(
        path = "/:public_token/conversations/:id/files",
        method = "post",
        operation_id = "send_widget_file"
    )]
    async fn send_file(
        &self,
        state: Data<&State>,
        context: Data<&Context>,
        bearer: Bearer,
        public_token: Path<String>,
        id: Path<Id<ConversationId>>,
        attachment: Attachment,
    ) -> Result<Created<Message>> {
        let chat = find(&state, &public_token.0).await?;
        let visitor = bearer.of(&state.secrets, chat.channel().id, id.0.0)?;
        chat.count(&state, &context, &visitor).await?;
        let content = Content::Media(attachment.media);
        let message = chat
            .said(&state, &visitor, attachment.client_id, content)
            .await?;
        if message.content.kept_bytes().is_some() {
            attachment::store(&state, &chat.scope(), message.id, attachment.content).await?;
        }
        Ok(Created::Made(Json(message.into())))
    }

    /// Download the file in a message
    #[oai(
        path = "/:public_token/conversations/:id/files/:message",
        method = "get",
        operation_id = "get_widget_file"
    )]
    async fn file(
        &self,
        state: Data<&State>,
        bearer: Bearer,
        public_token: Path<String>,
        id: Path<Id<ConversationId>>,
        message: Path<Id<MessageId>>,
    ) -> Result<File> {
        let chat = find(&state, &public_token.0).await?;
        bearer.of(&state.secrets, chat.channel().id, id.0.0)?;
        let tx = state.db().read(chat.scope()).await?;
        let found = message::get(&tx, message.0.0).await?;
        tx.commit().await?;
        if found.conversation != id.0.0 || !view::is_shown(&found) {
            return Err(Error::NotFound);
        }
        file::of(&state, &chat.scope(), &found).await
    }

    /// Follow a conversation
    ///
    /// Server-sent events: `message` for each message, in order, with its number as the event's id; `typing`;
    /// `conversation` when it changes hands or ends. Goes on after `Last-Event-ID`, or after `?after=`.
    #[oai(
        path = "/:public_token/conversations/:id/events",
        method = "get",
        operation_id = "follow_widget_conversation"
    )]
    async fn events(
        &self,
        state: Data<&State>,
        bearer: Bearer,
        public_token: Path<String>,
        id: Path<Id<ConversationId>>,
        #[oai(name = "Last-Event-ID")] last: Header<Option<String>>,
        after: Query<Option<i64>>,
    ) -> Result<Events<Event>> {
        let chat = find(&state, &public_token.0).await?;
        let visitor = bearer.of(&state.secrets, chat.channel().id, id.0.0)?;
        let last = last.0.and_then(|id| id.parse().ok());
        let listening = state.jobs().bus().listen_to_news();
        let tx = state.db().read(chat.scope()).await?;
        let found = conversation::get(&tx, visitor.conversation).await?;
        tx.commit().await?;
        let after = last.or(after.0).unwrap_or_default();
        Ok(events::of(&state, chat.scope(), found.id, after, listening))
    }

    /// Rate a conversation
    #[oai(
        path = "/:public_token/conversations/:id/rating",
        method = "post",
        operation_id = "rate_widget_conversation"
    )]
    async fn rate(
        &self,
        state: Data<&State>,
        bearer: Bearer,
        public_token: Path<String>,
        id: Path<Id<ConversationId>>,
        body: Body<Rating>,
    ) -> Result<Done> {
        let chat = find(&state, &public_token.0).await?;
        let visitor = bearer.of(&state.secrets, chat.channel().id, id.0.0)?;
        let tx = state.db().write(chat.scope()).await?;
        conversation::set_csat(&tx, visitor.conversation, body.value.score).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }
}

/// A web chat that is on.
struct Chat(Arc<[Found]>);

/// The web chat with this public token.
async fn find(state: &State, token: &str) -> Result<Chat> {
    let found = state.lookup.widget(state, token).await?;
    found
        .filter(|found| !found.is_empty())
        .map(Chat)
        .ok_or(Error::NotFound)
}

impl Chat {
    fn found(&self) -> &Found {
        &self.0[0]
    }

    fn channel(&self) -> &wafaa_storage::channel::Channel {
        &self.found().channel
    }

    fn scope(&self) -> TenantScope {
        TenantScope::of_channel(self.found().tenant, self.channel().id)
    }

    /// Counts a message against what the visitor, and the tenant, may send.
    async fn count(&self, state: &State, context: &Context, visitor: &Visitor) -> Result<()> {
        let key = Key::visitor("person", &visitor.identity());
        take(state, context, &key, MESSAGES).await?;
        let limits = &self.found().limits;
        let limiter = &state.limiter;
        context.spend(
            limiter
                .take(&self.scope(), Class::Messages, limits, 1)
                .await,
        )
    }

    async fn said(
        &self,
        state: &State,
        visitor: &Visitor,
        client_id: String,
        content: Content,
    ) -> Result<message::Message> {
        let customer = Customer {
            identity: visitor.identity(),
            name: None,
            language: None,
        };
        let scope = self.scope();
        let said = state.inbox().said(
            &scope,
            self.channel(),
            &customer,
            visitor.conversation,
            &client_id,
            content,
        );
        Ok(said.await?)
    }
}

async fn take(state: &State, context: &Context, key: &Key, quota: Quota) -> Result<()> {
    context.spend(state.limiter.take_of(key, quota, 1).await)
}
