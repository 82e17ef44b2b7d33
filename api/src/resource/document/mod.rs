//! `/api/v1/documents`: what a tenant's answers come from.

mod content;
mod follow;
mod report;
mod view;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use wafaa_domain::{DocumentId, Role, TenantScope};
use wafaa_jobs::document as change;
use wafaa_storage::{audit, document};

use super::{
    Tag,
    deletion::{Deleted, erased},
};
use crate::{
    auth::Auth,
    body::Body,
    error::Result,
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
    upload::Upload,
};

pub(super) use content::Content;
pub(super) use view::Failure;
use view::{Document, Status, Taken, Uploaded};

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
        let page = document::list(
            &tx,
            status.0.map(Status::stored),
            before,
            page::limit(limit.0),
        )
        .await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |document| document.id, Document::from)))
    }

    /// Upload a document
    ///
    /// The same bytes twice are the same document; if it had failed, it is tried again.
    #[oai(path = "/", method = "post", operation_id = "upload_document")]
    async fn upload(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        upload: Upload,
    ) -> Result<Uploaded> {
        let scope = auth.allowed(Role::Admin)?;
        let once = Once::new(&state, key.0, "POST /documents", &identity(&upload))?;
        let tx = state.db().read(*scope).await?;
        let first = once.answered::<Taken>(&tx).await?;
        tx.commit().await?;
        if let Some(first) = first {
            return Ok(Uploaded::Accepted(Json(first)));
        }
        let taken = Taken::from(state.documents.upload(scope, of_form(upload)).await?);
        if once.has_key() {
            // Not in the transaction of the upload: should this be lost, the content itself tells a repetition.
            let tx = state.db().write(*scope).await?;
            once.keep(&tx, 202, &taken).await?;
            tx.commit().await?;
        }
        Ok(taken.into())
    }

    /// Look at a document
    #[oai(path = "/:id", method = "get", operation_id = "get_document")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
    ) -> Result<Json<Document>> {
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

    /// Delete a document everywhere
    #[oai(path = "/:id", method = "delete", operation_id = "delete_document")]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
    ) -> Result<Deleted> {
        let scope = auth.allowed(Role::Admin)?;
        let job = state.documents.delete(scope, id.0.0).await?;
        erased(&state, scope, job).await
    }
}

async fn find(state: &State, scope: &TenantScope, id: DocumentId) -> Result<document::Document> {
    let tx = state.db().read(*scope).await?;
    let found = document::get(&tx, id).await?;
    tx.commit().await?;
    Ok(found)
}

/// What makes an upload the same request again.
fn identity(upload: &Upload) -> Vec<u8> {
    let words = format!("{:?} {:?}", upload.title, upload.language);
    [&Sha256::digest(&upload.content)[..], words.as_bytes()].concat()
}

fn of_form(upload: Upload) -> change::Upload {
    change::Upload {
        filename: upload.filename,
        title: upload.title,
        language: upload.language,
        content: upload.content,
    }
}
