//! `/api/v1/documents`: what a tenant's answers come from.

mod content;
mod follow;
mod view;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::json;
use wafaa_domain::{DocumentId, Role, TenantScope};
use wafaa_storage::{audit, chunk, document};

use super::Tag;
use crate::{
    auth::Auth,
    body::Body,
    error::Result,
    page::{self, List},
    param::Id,
    state::State,
    stream::Events,
};

pub(super) use content::Content;
use view::{Chunk, Document, Status};

#[derive(Object)]
struct DocumentChange {
    /// What to call it in citations.
    #[oai(validator(min_length = 1, max_length = 300))]
    title: String,
}

pub(crate) struct Documents;

#[OpenApi(prefix_path = "/api/v1/documents", tag = "Tag::Documents")]
impl Documents {
    /// List the documents, newest first
    #[oai(path = "/", method = "get", operation_id = "list_documents")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        status: Query<Option<Status>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Document>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = document::list(&tx, status.0.map(Status::stored), before, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |document| document.id, Document::from)))
    }

    /// Look at a document
    #[oai(path = "/:id", method = "get", operation_id = "get_document")]
    async fn get(&self, state: Data<&State>, auth: Auth, id: Path<Id<DocumentId>>) -> Result<Json<Document>> {
        let scope = auth.allowed(Role::Viewer)?;
        Ok(Json(find(&state, scope, id.0.0).await?.into()))
    }

    /// Change a document's title
    #[oai(path = "/:id", method = "patch", operation_id = "update_document")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
        body: Body<DocumentChange>,
    ) -> Result<Json<Document>> {
        let scope = auth.allowed(Role::Admin)?;
        let id = id.0.0;
        let tx = state.db().write(*scope).await?;
        document::rename(&tx, id, body.value.title.trim()).await?;
        audit::note(&tx, "document.renamed", Some(&id), json!({})).await?;
        let renamed = document::get(&tx, id).await?;
        tx.commit().await?;
        Ok(Json(renamed.into()))
    }

    /// Preview what was read from the newest version
    #[oai(path = "/:id/chunks", method = "get", operation_id = "list_chunks")]
    async fn chunks(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Chunk>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let after = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let found = document::get(&tx, id.0.0).await?;
        let page = chunk::list(&tx, found.id, found.version, after, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |chunk| chunk.ordinal, Chunk::from)))
    }

    /// Follow a document until it is ready or has failed
    ///
    /// Server-sent events called `progress`, each with the document as it stands.
    #[oai(path = "/:id/events", method = "get", operation_id = "follow_document")]
    async fn events(&self, state: Data<&State>, auth: Auth, id: Path<Id<DocumentId>>) -> Result<Events<Document>> {
        let scope = auth.allowed(Role::Viewer)?;
        let listening = state.jobs().bus().listen();
        let found = find(&state, scope, id.0.0).await?;
        Ok(follow::document(&state, *scope, found, listening))
    }
}

async fn find(state: &State, scope: &TenantScope, id: DocumentId) -> Result<document::Document> {
    let tx = state.db().read(*scope).await?;
    let found = document::get(&tx, id).await?;
    tx.commit().await?;
    Ok(found)
}
