//! `/api/v1/messages`: one message, what has happened to it, the file in it, and sending it again.

use poem::web::Data;
use poem_openapi::{OpenApi, param::Path, payload::Json};
use wafaa_domain::{MessageId, Role};
use wafaa_storage::{message, timeline};

use super::{
    Tag,
    conversation::{Entry, Message},
};
use crate::{
    auth::Auth,
    error::Result,
    file::{self, File},
    page::List,
    param::Id,
    state::State,
};

pub(crate) struct Messages;

#[OpenApi(prefix_path = "/api/v1/messages", tag = "Tag::Conversations")]
impl Messages {
    /// Look at a message
    #[oai(path = "/:id", method = "get", operation_id = "get_message")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MessageId>>,
    ) -> Result<Json<Message>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = message::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// See what has happened to a message
    #[oai(path = "/:id/timeline", method = "get", operation_id = "get_timeline")]
    async fn timeline(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MessageId>>,
    ) -> Result<Json<List<Entry>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let entries = timeline::of(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(List::whole(entries.into_iter().map(Entry::from))))
    }

    /// Download the file in a message
    ///
    /// Answered 404 as long as it isn't fetched, and when it could not be.
    #[oai(
        path = "/:id/media",
        method = "get",
        operation_id = "get_message_media"
    )]
    async fn media(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MessageId>>,
    ) -> Result<File> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = message::get(&tx, id.0.0).await?;
        tx.commit().await?;
        file::of(&state, scope, &found).await
    }

    /// Send a message again
    ///
    /// One that failed, or of which nobody knows whether it was sent; it may then arrive twice.
    #[oai(path = "/:id/resend", method = "post", operation_id = "resend_message")]
    async fn resend(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MessageId>>,
    ) -> Result<Json<Message>> {
        let scope = auth.allowed(Role::Agent)?;
        Ok(Json(state.desk().resend(scope, id.0.0).await?.into()))
    }
}
