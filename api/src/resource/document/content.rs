//! What is in a document, and the work on it: chunks, progress, new versions.

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use wafaa_domain::{DocumentId, Role};
use wafaa_storage::{chunk, document};

use super::{
    Tag, find, follow,
    report::{self, Report},
    view::{Chunk, Document, Started},
};
use crate::{
    auth::Auth,
    error::Result,
    page::{self, List},
    param::Id,
    state::State,
    stream::Events,
    upload::Upload,
};

pub(crate) struct Content;

#[OpenApi(prefix_path = "/api/v1/documents", tag = "Tag::Documents")]
impl Content {
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
    async fn events(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
    ) -> Result<Events<Document>> {
        let scope = auth.allowed(Role::Viewer)?;
        let listening = state.jobs().bus().listen();
        let found = find(&state, scope, id.0.0).await?;
        Ok(follow::document(&state, *scope, found, listening))
    }

    /// Give a document new content
    ///
    /// The version before answers until this one is ready. The body is a form like that of an upload, or the
    /// file itself.
    #[oai(
        path = "/:id/content",
        method = "put",
        operation_id = "replace_document"
    )]
    async fn replace(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
        upload: Upload,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let found = find(&state, scope, id.0.0).await?;
        let filename = if upload.filename.is_empty() {
            found.filename
        } else {
            upload.filename
        };
        let accepted = state
            .documents
            .replace(scope, found.id, &filename, upload.content)
            .await?;
        Ok(Started::Accepted(Json(accepted.into())))
    }

    /// Read a document again
    #[oai(
        path = "/:id/reprocess",
        method = "post",
        operation_id = "reprocess_document"
    )]
    async fn reprocess(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let accepted = state.documents.reprocess(scope, id.0.0).await?;
        Ok(Started::Accepted(Json(accepted.into())))
    }

    /// Bring an older version back
    ///
    /// Its content becomes a new version; the one that is live answers until that is ready.
    #[oai(
        path = "/:id/versions/:version/restore",
        method = "post",
        operation_id = "restore_document"
    )]
    async fn restore(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
        /// From 1; a document's `version` is its newest.
        version: Path<i32>,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let accepted = state.documents.restore(scope, id.0.0, version.0).await?;
        Ok(Started::Accepted(Json(accepted.into())))
    }

    /// See what was read of a document, and what was not
    ///
    /// Page by page: how much text, whether it was recognised from a picture, tables and rows, the direction of
    /// its text; and what was skipped, with the reason.
    #[oai(path = "/:id/report", method = "get", operation_id = "report_document")]
    async fn report(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
        /// An older version's; the newest's unless said.
        version: Query<Option<i32>>,
    ) -> Result<Json<Report>> {
        let scope = auth.allowed(Role::Viewer)?;
        let found = find(&state, scope, id.0.0).await?;
        Ok(Json(report::of(&state, scope, found, version.0).await?))
    }

    /// Call off the work on a document
    ///
    /// An older version goes on answering.
    #[oai(
        path = "/:id/cancel",
        method = "post",
        operation_id = "cancel_document"
    )]
    async fn cancel(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
    ) -> Result<Json<Document>> {
        let scope = auth.allowed(Role::Admin)?;
        state.documents.cancel(scope, id.0.0).await?;
        Ok(Json(find(&state, scope, id.0.0).await?.into()))
    }
}
