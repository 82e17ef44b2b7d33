//! `/api/v1/conversations`: what customers and the tenant say to each other.

mod desk;
mod reply;
mod view;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use wafaa_domain::{ChannelId, ContactId, ConversationId, MemberId, Role};
use wafaa_storage::conversation;

use super::Tag;
use crate::{
    auth::Auth,
    error::Result,
    page::{self, List},
    param::Id,
    state::State,
};

pub(super) use desk::Desk;
use view::{Counts, Order, Shown, Status};
pub(super) use view::{Entry, Message};

pub(crate) struct Conversations;

#[OpenApi(prefix_path = "/api/v1/conversations", tag = "Tag::Conversations")]
impl Conversations {
    /// List conversations
    #[oai(path = "/", method = "get", operation_id = "list_conversations")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a query parameter of the contract"
    )]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        status: Query<Option<Status>>,
        channel: Query<Option<Id<ChannelId>>>,
        contact: Query<Option<Id<ContactId>>>,
        /// The member who has them.
        assignee: Query<Option<Id<MemberId>>>,
        /// Words of the newest message, or of the contact's name.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// When it isn't said: waiting ones by urgency, others by activity.
        order: Query<Option<Order>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Shown>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let usual = match status.0 {
            Some(Status::Waiting) => Order::Urgency,
            Some(Status::Bot | Status::Human | Status::Resolved) | None => Order::Activity,
        };
        let order = order.0.unwrap_or(usual).into();
        let filter = conversation::Filter {
            status: status.0.map(Into::into),
            channel: channel.0.map(|id| id.0),
            assignee: assignee.0.map(|id| id.0),
            contact: contact.0.map(|id| id.0),
            q: q.0,
            order,
        };
        let after = page::place::<conversation::Place>(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = conversation::list(&tx, &filter, after.as_ref(), page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(
            page,
            |conversation| conversation.place(order),
            Shown::from,
        )))
    }

    /// Count conversations by status
    #[oai(path = "/counts", method = "get", operation_id = "count_conversations")]
    async fn counts(&self, state: Data<&State>, auth: Auth) -> Result<Json<Counts>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let counts = conversation::counts(&tx).await?;
        tx.commit().await?;
        Ok(Json(Counts::of(&counts)))
    }

    /// Look at a conversation
    #[oai(path = "/:id", method = "get", operation_id = "get_conversation")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ConversationId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = conversation::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }
}
