//! What tenants do to documents: upload, replace, reprocess, delete. Each is one transaction that changes
//! the document and enqueues the chain, after the content is safe in the blob store.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use wafaa_domain::{DocumentId, DocumentStatus, JobId, TenantScope};
use wafaa_storage::{
    Database, Error as StorageError, Tx, audit,
    blob::{self, BlobKey, Blobs},
    document::{self, Document, NewDocument},
    ledger::{self, Cancelled},
};

use crate::{
    Handle, control,
    kind::{Erase, EvaluateChange, Ingest, enqueue},
};

/// A change to a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The content could not be kept; nothing has changed.
    #[error("the file can't be stored: {0}")]
    Blob(#[from] blob::Error),
    /// The rows could not be changed; nothing has.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Another document of the tenant has this content.
    #[error("another document has the same content")]
    SameContent,
}

/// What a tenant uploads.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The name of the file.
    pub filename: String,
    /// What to call it in citations; the file's name without its ending when `None`.
    pub title: Option<String>,
    /// ISO 639-1 code, when the tenant knows.
    pub language: Option<String>,
    /// The content.
    pub content: Bytes,
}

/// A document and the job that is working on it.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The document as it stands now.
    pub document: Document,
    /// Its newest job.
    pub job: JobId,
    /// Whether the tenant had this content already.
    pub known: bool,
}

/// The stores and the engine that documents go through. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Rows.
    pub db: Database,
    /// Files.
    pub blobs: Blobs,
    /// The job engine.
    pub jobs: Handle,
}

impl Documents {
    /// Takes in a document. The same bytes twice are the same document; if it had failed, it is tried again.
    ///
    /// # Errors
    /// When it can't be stored; then nothing has changed.
    pub async fn upload(&self, scope: &TenantScope, upload: Upload) -> Result<Accepted, Error> {
        let sha256: [u8; 32] = Sha256::digest(&upload.content).into();
        loop {
            let tx = self.db.read(*scope).await?;
            let known = document::by_content(&tx, &sha256).await?;
            tx.commit().await?;
            if let Some(known) = known {
                return self.again(scope, known).await;
            }
            match self.create(scope, upload.clone(), sha256).await {
                // Somebody else has just uploaded the same bytes.
                Err(Error::Storage(StorageError::AlreadyExists)) => {}
                other => return other,
            }
        }
    }

    async fn create(
        &self,
        scope: &TenantScope,
        upload: Upload,
        sha256: [u8; 32],
    ) -> Result<Accepted, Error> {
        let id = DocumentId::new();
        let original = BlobKey::original(id, 1);
        let bytes = upload.content.len() as u64;
        self.blobs.put(scope, &original, upload.content).await?;
        let new = NewDocument {
            id,
            title: upload.title.unwrap_or_else(|| title_of(&upload.filename)),
            filename: upload.filename,
            language: upload.language,
            bytes,
            sha256,
        };
        let tx = self.db.write(*scope).await?;
        let (created, job) = match add(&tx, new).await {
            Ok(added) => added,
            Err(error) => {
                drop(tx);
                self.blobs.delete(scope, &original).await?;
                return Err(error.into());
            }
        };
        tx.commit().await?;
        self.jobs.wake();
        Ok(Accepted {
            document: created,
            job,
            known: false,
        })
    }

    async fn again(&self, scope: &TenantScope, known: Document) -> Result<Accepted, Error> {
        if known.status == DocumentStatus::Failed {
            let accepted = self.reprocess(scope, known.id).await?;
            return Ok(Accepted {
                known: true,
                ..accepted
            });
        }
        let tx = self.db.read(*scope).await?;
        let job = ledger::latest_of_parent(&tx, &known.id.to_string()).await?;
        tx.commit().await?;
        match job {
            Some(job) => Ok(Accepted {
                document: known,
                job: job.id,
                known: true,
            }),
            // Its jobs have been purged long since.
            None => self.reprocess(scope, known.id).await,
        }
    }

    /// Sends a document through the chain again, as a new version with the same content.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; or when it can't be stored.
    pub async fn reprocess(&self, scope: &TenantScope, id: DocumentId) -> Result<Accepted, Error> {
        let tx = self.db.read(*scope).await?;
        let found = document::get(&tx, id).await?;
        tx.commit().await?;
        let content = self
            .blobs
            .get(scope, &BlobKey::original(id, found.version))
            .await?;
        self.next_version(
            scope,
            &found,
            &found.filename,
            content,
            "document.reprocessed",
        )
        .await
    }

    /// Gives a document new content. The version before answers until this one is ready.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`Error::SameContent`]; or when it can't be stored.
    pub async fn replace(
        &self,
        scope: &TenantScope,
        id: DocumentId,
        filename: &str,
        content: Bytes,
    ) -> Result<Accepted, Error> {
        let tx = self.db.read(*scope).await?;
        let found = document::get(&tx, id).await?;
        tx.commit().await?;
        self.next_version(scope, &found, filename, content, "document.replaced")
            .await
    }

    /// Makes an older version the newest again, as a new version with its content. The one that is live answers
    /// until it is ready.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] when there is no such document or version; or when it can't be stored.
    pub async fn restore(
        &self,
        scope: &TenantScope,
        id: DocumentId,
        version: i32,
    ) -> Result<Accepted, Error> {
        let tx = self.db.read(*scope).await?;
        let found = document::get(&tx, id).await?;
        tx.commit().await?;
        if !(1..=found.version).contains(&version) {
            return Err(StorageError::NotFound.into());
        }
        let content = self
            .blobs
            .get(scope, &BlobKey::original(id, version))
            .await
            .map_err(|error| match error {
                blob::Error::Missing => StorageError::NotFound.into(),
                other => Error::from(other),
            })?;
        self.next_version(scope, &found, &found.filename, content, "document.restored")
            .await
    }

    async fn next_version(
        &self,
        scope: &TenantScope,
        found: &Document,
        filename: &str,
        content: Bytes,
        action: &str,
    ) -> Result<Accepted, Error> {
        let id = found.id;
        let sha256: [u8; 32] = Sha256::digest(&content).into();
        let bytes = content.len() as u64;
        let key = BlobKey::original(id, found.version + 1);
        self.blobs.put(scope, &key, content).await?;
        let tx = self.db.write(*scope).await?;
        let cancelled = control::cancel_of_parent(&self.jobs, &tx, &id.to_string()).await?;
        let content = Version {
            filename,
            bytes,
            sha256,
        };
        let advanced = advance(&tx, found, &content, action).await;
        let (next, job) = advanced.map_err(|error| {
            if let StorageError::AlreadyExists = error {
                return Error::SameContent;
            }
            error.into()
        })?;
        tx.commit().await?;
        control::announce(&self.jobs, cancelled);
        Ok(Accepted {
            document: next,
            job,
            known: false,
        })
    }

    /// Calls off whatever works on a document; an older version goes on answering.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when nothing works on it.
    pub async fn cancel(&self, scope: &TenantScope, id: DocumentId) -> Result<(), Error> {
        let tx = self.db.write(*scope).await?;
        document::get(&tx, id).await?;
        let cancelled = control::cancel_of_parent(&self.jobs, &tx, &id.to_string()).await?;
        if cancelled.is_empty() {
            return Err(StorageError::Stale.into());
        }
        audit::note(&tx, "document.cancelled", Some(&id), serde_json::json!({})).await?;
        tx.commit().await?;
        control::announce(&self.jobs, cancelled);
        Ok(())
    }

    /// Takes a document out of every answer at once, and answers the job that erases what is left of it.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete(&self, scope: &TenantScope, id: DocumentId) -> Result<JobId, Error> {
        let tx = self.db.write(*scope).await?;
        let job = remove(&tx, id).await?;
        let cancelled: Vec<Cancelled> =
            control::cancel_of_parent(&self.jobs, &tx, &id.to_string()).await?;
        EvaluateChange::if_wanted(&tx).await?;
        tx.commit().await?;
        control::announce(&self.jobs, cancelled);
        Ok(job)
    }
}

/// The content of a version, which is stored already.
pub(crate) struct Version<'a> {
    pub(crate) filename: &'a str,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
}

/// Within a transaction, adds a document whose content is stored already, and has it worked on.
///
/// # Errors
/// As [`document::create`].
pub(crate) async fn add(
    tx: &Tx<TenantScope>,
    new: NewDocument,
) -> Result<(Document, JobId), StorageError> {
    let (id, bytes) = (new.id, new.bytes);
    let created = document::create(tx, new).await?;
    let job = start(tx, &created).await?;
    let detail = serde_json::json!({ "bytes": bytes });
    audit::note(tx, "document.uploaded", Some(&id), detail).await?;
    Ok((created, job))
}

/// Within a transaction, begins the version after that of `found`, whose content is stored already, and has it
/// worked on.
///
/// # Errors
/// As [`document::begin_version`]; [`StorageError::Stale`] when another version was begun since: its content is
/// the newer one.
pub(crate) async fn advance(
    tx: &Tx<TenantScope>,
    found: &Document,
    content: &Version<'_>,
    action: &str,
) -> Result<(Document, JobId), StorageError> {
    let Version {
        filename,
        bytes,
        sha256,
    } = content;
    let next = document::begin_version(tx, found.id, filename, *bytes, sha256).await?;
    if next.version != found.version + 1 {
        return Err(StorageError::Stale);
    }
    let job = start(tx, &next).await?;
    let detail = serde_json::json!({ "version": next.version });
    audit::note(tx, action, Some(&found.id), detail).await?;
    Ok((next, job))
}

/// Within a transaction, takes a document out of every answer, and has what is left of it erased. What works on
/// it finds it gone.
///
/// # Errors
/// [`StorageError::NotFound`].
pub(crate) async fn remove(tx: &Tx<TenantScope>, id: DocumentId) -> Result<JobId, StorageError> {
    document::delete(tx, id).await?;
    let job = enqueue(tx, &Erase { document: id }).await?;
    audit::note(tx, "document.deleted", Some(&id), serde_json::json!({})).await?;
    Ok(job)
}

async fn start(tx: &Tx<TenantScope>, found: &Document) -> Result<JobId, StorageError> {
    let first = Ingest {
        document: found.id,
        version: found.version,
    };
    enqueue(tx, &first).await
}

/// A file's name without its ending.
pub(crate) fn title_of(filename: &str) -> String {
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let title = stem.replace(['_', '-'], " ");
    let title = title.trim();
    if title.is_empty() {
        filename.to_owned()
    } else {
        title.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::title_of;

    #[test]
    fn titles_come_from_file_names() {
        assert_eq!(title_of("summer-menu_2026.pdf"), "summer menu 2026");
        assert_eq!(title_of(".pdf"), ".pdf");
        assert_eq!(title_of("قائمة.pdf"), "قائمة");
    }
}
