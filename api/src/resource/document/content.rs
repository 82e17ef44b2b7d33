//! What goes into documents and comes out of the house: uploads, new versions, deletion.

use std::time::Duration;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout_at};
use wafaa_domain::{DocumentId, DocumentStatus, JobId, JobState, Role, TenantScope};
use wafaa_jobs::document::{self, Accepted};
use wafaa_storage::{Error as StorageError, ledger};

use super::{Tag, find, view::Document};
use crate::{
    auth::Auth,
    error::{Error, Result},
    idempotency::Once,
    param::Id,
    resource::job::{Job, settled},
    state::State,
    upload::Upload,
};

/// How long a deletion is waited for before it is answered as going on.
const PATIENCE: Duration = Duration::from_secs(10);

/// A document and the job that works on it.
#[derive(Object)]
struct Taken {
    document: Document,
    /// The newest job for it.
    job_id: String,
}

#[derive(ApiResponse)]
enum Uploaded {
    /// The tenant has this content already, and it is ready
    #[oai(status = 200)]
    Known(Json<Taken>),
    /// It is stored and being worked on
    #[oai(status = 202)]
    Accepted(Json<Taken>),
}

#[derive(ApiResponse)]
enum Started {
    /// It is stored and being worked on
    #[oai(status = 202)]
    Accepted(Json<Taken>),
}

#[derive(ApiResponse)]
enum Deleted {
    /// It is gone everywhere
    #[oai(status = 204)]
    Gone,
    /// It is out of every answer and listing; this job is still erasing what is left
    #[oai(status = 202)]
    Going(Json<Job>),
}

pub(crate) struct Content;

#[OpenApi(prefix_path = "/api/v1/documents", tag = "Tag::Documents")]
impl Content {
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
        let accepted = state.documents.upload(scope, of_form(upload)).await?;
        let ready = accepted.document.status == DocumentStatus::Ready;
        let taken = Taken::from(accepted);
        // Not in the transaction of the upload: should this be lost, the content itself tells a repetition.
        let tx = state.db().write(*scope).await?;
        once.keep(&tx, 202, &taken).await?;
        tx.commit().await?;
        Ok(if ready { Uploaded::Known(Json(taken)) } else { Uploaded::Accepted(Json(taken)) })
    }

    /// Give a document new content
    ///
    /// The version before answers until this one is ready. The body is a form like that of an upload, or the
    /// file itself.
    #[oai(path = "/:id/content", method = "put", operation_id = "replace_document")]
    async fn replace(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<DocumentId>>,
        upload: Upload,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let found = find(&state, scope, id.0.0).await?;
        let filename = if upload.filename.is_empty() { found.filename } else { upload.filename };
        let accepted = state.documents.replace(scope, found.id, &filename, upload.content).await?;
        Ok(Started::Accepted(Json(accepted.into())))
    }

    /// Read a document again
    #[oai(path = "/:id/reprocess", method = "post", operation_id = "reprocess_document")]
    async fn reprocess(&self, state: Data<&State>, auth: Auth, id: Path<Id<DocumentId>>) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let accepted = state.documents.reprocess(scope, id.0.0).await?;
        Ok(Started::Accepted(Json(accepted.into())))
    }

    /// Call off the work on a document
    ///
    /// An older version goes on answering.
    #[oai(path = "/:id/cancel", method = "post", operation_id = "cancel_document")]
    async fn cancel(&self, state: Data<&State>, auth: Auth, id: Path<Id<DocumentId>>) -> Result<Json<Document>> {
        let scope = auth.allowed(Role::Admin)?;
        state.documents.cancel(scope, id.0.0).await?;
        Ok(Json(find(&state, scope, id.0.0).await?.into()))
    }

    /// Delete a document everywhere
    #[oai(path = "/:id", method = "delete", operation_id = "delete_document")]
    async fn delete(&self, state: Data<&State>, auth: Auth, id: Path<Id<DocumentId>>) -> Result<Deleted> {
        let scope = auth.allowed(Role::Admin)?;
        let job = state.documents.delete(scope, id.0.0).await?;
        erased(&state, scope, job).await
    }
}

/// Waits for the job that erases a document.
async fn erased(state: &State, scope: &TenantScope, job: JobId) -> Result<Deleted> {
    let deadline = Instant::now() + PATIENCE;
    let _ = timeout_at(deadline, settled(state, scope, job)).await;
    let tx = state.db().read(*scope).await?;
    let job = match ledger::get(&tx, job).await {
        Ok(job) => job,
        Err(StorageError::NotFound) => return Ok(Deleted::Gone),
        Err(other) => return Err(Error::from(other)),
    };
    tx.commit().await?;
    Ok(if job.state == JobState::Succeeded { Deleted::Gone } else { Deleted::Going(Json(job.into())) })
}

/// What makes an upload the same request again.
fn identity(upload: &Upload) -> Vec<u8> {
    let words = format!("{:?} {:?}", upload.title, upload.language);
    [&Sha256::digest(&upload.content)[..], words.as_bytes()].concat()
}

fn of_form(upload: Upload) -> document::Upload {
    document::Upload {
        filename: upload.filename,
        title: upload.title,
        language: upload.language,
        content: upload.content,
    }
}

impl From<Accepted> for Taken {
    fn from(accepted: Accepted) -> Self {
        Self {
            document: accepted.document.into(),
            job_id: accepted.job.to_string(),
        }
    }
}
