//! What the tenant's people do in a conversation: read, answer, note, pass on, end.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use wafaa_domain::{Actor, Author, ConversationId, MemberId, Role, TenantScope};
use wafaa_storage::{conversation, message};

use super::{Message, Shown, Tag, reply::Reply, view::Priority};
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::{self, List},
    param::Id,
    resource::Created,
    state::State,
};

#[derive(Object)]
struct NewNote {
    #[oai(validator(min_length = 1, max_length = 20000))]
    text: String,
}

#[derive(Object)]
struct Handoff {
    /// As usual when it isn't said.
    priority: Option<Priority>,
}

#[derive(Object)]
struct Assignment {
    /// Who is to have it.
    #[oai(validator(max_length = 100))]
    member_id: String,
}

pub(crate) struct Desk;

#[OpenApi(prefix_path = "/api/v1/conversations", tag = "Tag::Conversations")]
impl Desk {
    /// List the messages of a conversation, newest first
    #[oai(path = "/:id/messages", method = "get", operation_id = "list_messages")]
    async fn messages(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Message>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let found = conversation::get(&tx, id.0.0).await?;
        let page = message::list(&tx, found.id, before, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |message| message.seq, Message::from)))
    }

    /// Answer the customer
    ///
    /// The conversation becomes the member's: the bot is silent from then on. Buttons and lists are numbered lines
    /// where the channel has none.
    #[oai(path = "/:id/messages", method = "post", operation_id = "send_message")]
    async fn reply(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        id: Path<Id<ConversationId>>,
        body: Body<Reply>,
    ) -> Result<Created<Message>> {
        let scope = auth.allowed(Role::Agent)?;
        let once = once(
            &state,
            key.0,
            "POST /conversations/messages",
            id.0.0,
            &body.raw,
        )?;
        if let Some(first) = answered(&state, scope, &once).await? {
            return Ok(first);
        }
        let content = body.value.content()?;
        let author = author(scope);
        let said = state.desk().reply(scope, id.0.0, author, content).await?;
        created(&state, scope, &once, said.into()).await
    }

    /// Leave a note for the tenant's people
    #[oai(path = "/:id/notes", method = "post", operation_id = "add_note")]
    async fn note(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        id: Path<Id<ConversationId>>,
        body: Body<NewNote>,
    ) -> Result<Created<Message>> {
        let scope = auth.allowed(Role::Agent)?;
        let once = once(
            &state,
            key.0,
            "POST /conversations/notes",
            id.0.0,
            &body.raw,
        )?;
        if let Some(first) = answered(&state, scope, &once).await? {
            return Ok(first);
        }
        let author = author(scope);
        let said = state
            .desk()
            .note(scope, id.0.0, author, &body.value.text)
            .await?;
        created(&state, scope, &once, said.into()).await
    }

    /// Have a conversation wait for a person
    #[oai(path = "/:id/handoff", method = "post", operation_id = "hand_off")]
    async fn hand_off(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
        body: Body<Handoff>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Agent)?;
        let priority = body.value.priority.unwrap_or(Priority::Normal).into();
        let now = state.desk().hand_off(scope, id.0.0, priority).await?;
        Ok(Json(now.into()))
    }

    /// Take a conversation
    ///
    /// Answered 409 when another member has it.
    #[oai(
        path = "/:id/claim",
        method = "post",
        operation_id = "claim_conversation"
    )]
    async fn claim(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Agent)?;
        let Actor::Member(member) = scope.actor() else {
            return Err(Error::PersonOnly);
        };
        let now = state.desk().claim(scope, id.0.0, member).await?;
        Ok(Json(now.into()))
    }

    /// Give a conversation to a member
    #[oai(
        path = "/:id/assign",
        method = "post",
        operation_id = "assign_conversation"
    )]
    async fn assign(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
        body: Body<Assignment>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Agent)?;
        let member: MemberId = body
            .value
            .member_id
            .parse()
            .map_err(|error| Error::field("member_id", error))?;
        let tx = state.db().read(*scope).await?;
        let member = wafaa_storage::member::get(&tx, member).await;
        tx.commit().await?;
        let member =
            member.map_err(|_| Error::field("member_id", "is no member of this tenant"))?;
        let now = state.desk().assign(scope, id.0.0, member.id).await?;
        Ok(Json(now.into()))
    }

    /// Give a conversation back to the bot
    #[oai(
        path = "/:id/release",
        method = "post",
        operation_id = "release_conversation"
    )]
    async fn release(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Agent)?;
        Ok(Json(state.desk().release(scope, id.0.0).await?.into()))
    }

    /// End a conversation
    #[oai(
        path = "/:id/resolve",
        method = "post",
        operation_id = "resolve_conversation"
    )]
    async fn resolve(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Agent)?;
        Ok(Json(state.desk().resolve(scope, id.0.0).await?.into()))
    }
}

/// Who a message of this caller's is by.
fn author(scope: &TenantScope) -> Author {
    match scope.actor() {
        Actor::Member(id) => Author::Member(id),
        Actor::ApiKey(_) | Actor::Job(_) | Actor::Channel(_) | Actor::CommandLine => {
            Author::Program
        }
    }
}

/// The same words in another conversation are another request.
fn once(
    state: &State,
    key: Option<String>,
    route: &'static str,
    conversation: ConversationId,
    body: &[u8],
) -> Result<Once> {
    let request = [conversation.to_string().as_bytes(), body].concat();
    Once::new(state, key, route, &request)
}

async fn answered(
    state: &State,
    scope: &TenantScope,
    once: &Once,
) -> Result<Option<Created<Message>>> {
    if !once.has_key() {
        return Ok(None);
    }
    let tx = state.db().read(*scope).await?;
    let first = once.answered(&tx).await?;
    tx.commit().await?;
    Ok(first.map(|first| Created::Made(Json(first))))
}

async fn created(
    state: &State,
    scope: &TenantScope,
    once: &Once,
    said: Message,
) -> Result<Created<Message>> {
    if once.has_key() {
        let tx = state.db().write(*scope).await?;
        once.keep(&tx, 201, &said).await?;
        tx.commit().await?;
    }
    Ok(Created::Made(Json(said)))
}
