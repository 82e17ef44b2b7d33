//! `/api/v1/canned-replies`: what a tenant's people often say.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use wafaa_domain::{CannedReplyId, Role};
use wafaa_storage::{Error as StorageError, canned_reply};

use super::{Created, Done, Tag, time};
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::List,
    param::Id,
    state::State,
};

/// Words to answer with.
#[derive(Object)]
struct CannedReply {
    id: String,
    /// What it is found by.
    title: String,
    text: String,
    created_at: String,
    updated_at: String,
}

#[derive(Object)]
struct NewCannedReply {
    #[oai(validator(min_length = 1, max_length = 100))]
    title: String,
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
}

/// What to change; the rest stays.
#[derive(Object)]
struct CannedReplyChange {
    #[oai(validator(min_length = 1, max_length = 100))]
    title: Option<String>,
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: Option<String>,
}

pub(crate) struct CannedReplies;

#[OpenApi(prefix_path = "/api/v1/canned-replies", tag = "Tag::CannedReplies")]
impl CannedReplies {
    /// Add a canned reply
    #[oai(path = "/", method = "post", operation_id = "create_canned_reply")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewCannedReply>,
    ) -> Result<Created<CannedReply>> {
        let scope = auth.allowed(Role::Agent)?;
        let once = Once::new(&state, key.0, "POST /canned-replies", &body.raw)?;
        let new = body.value;
        let tx = state.db().write(*scope).await?;
        if let Some(first) = once.answered(&tx).await? {
            return Ok(Created::Made(Json(first)));
        }
        let made = canned_reply::create(&tx, new.title.trim(), &new.text).await;
        let shown = CannedReply::from(made.map_err(taken)?);
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        Ok(Created::Made(Json(shown)))
    }

    /// List the canned replies
    #[oai(path = "/", method = "get", operation_id = "list_canned_replies")]
    async fn list(&self, state: Data<&State>, auth: Auth) -> Result<Json<List<CannedReply>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let all = canned_reply::list(&tx).await?;
        tx.commit().await?;
        Ok(Json(List::whole(all.into_iter().map(CannedReply::from))))
    }

    /// Look at a canned reply
    #[oai(path = "/:id", method = "get", operation_id = "get_canned_reply")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<CannedReplyId>>,
    ) -> Result<Json<CannedReply>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = canned_reply::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// Change a canned reply
    #[oai(path = "/:id", method = "patch", operation_id = "update_canned_reply")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<CannedReplyId>>,
        body: Body<CannedReplyChange>,
    ) -> Result<Json<CannedReply>> {
        let scope = auth.allowed(Role::Agent)?;
        let tx = state.db().write(*scope).await?;
        let before = canned_reply::get(&tx, id.0.0).await?;
        let title = body.value.title.unwrap_or(before.title);
        let text = body.value.text.unwrap_or(before.text);
        let after = canned_reply::update(&tx, before.id, title.trim(), &text).await;
        let after = after.map_err(taken)?;
        tx.commit().await?;
        Ok(Json(after.into()))
    }

    /// Remove a canned reply
    #[oai(path = "/:id", method = "delete", operation_id = "delete_canned_reply")]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<CannedReplyId>>,
    ) -> Result<Done> {
        let scope = auth.allowed(Role::Agent)?;
        let tx = state.db().write(*scope).await?;
        canned_reply::delete(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }
}

fn taken(error: StorageError) -> Error {
    match error {
        StorageError::AlreadyExists => Error::Taken("the title"),
        other => other.into(),
    }
}

impl From<canned_reply::CannedReply> for CannedReply {
    fn from(reply: canned_reply::CannedReply) -> Self {
        Self {
            id: reply.id.to_string(),
            title: reply.title,
            text: reply.text,
            created_at: time(reply.created_at),
            updated_at: time(reply.updated_at),
        }
    }
}
