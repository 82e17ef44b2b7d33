//! A page that is to be a document: a new one, a new version of the one it is, or nothing new at all.

use sha2::{Digest as _, Sha256};
use wafaa_domain::{DocumentId, PageStatus, TenantScope};
use wafaa_storage::{
    Error, Tx,
    blob::BlobKey,
    document::{self, Document, NewDocument},
    source::{self, Settled, Sighting, SourcePage},
};

use super::{Trip, settle::Verdict};
use crate::{
    Failure,
    document::{Version, add, advance, title_of},
    web::Content,
};

/// The longest title, in characters.
const TITLE: usize = 300;

/// What was found at an address.
pub(super) struct Finding {
    /// Of what it says.
    pub(super) hash: [u8; 32],
    pub(super) title: Option<String>,
    /// `None` when there are too many to keep.
    pub(super) links: Option<Vec<String>>,
    pub(super) filename: String,
    pub(super) content: Content,
}

impl Finding {
    fn title(&self) -> String {
        let title = self.title.as_deref().map(str::trim);
        let title = title.filter(|title| !title.is_empty());
        let title = title.map_or_else(|| title_of(&self.filename), str::to_owned);
        title.chars().take(TITLE).collect()
    }

    fn settled(&self, status: PageStatus, document: DocumentId) -> Settled {
        Settled {
            status,
            reason: None,
            http_status: Some(self.content.status),
            etag: self.content.etag.clone(),
            last_modified: self.content.last_modified.clone(),
            content_hash: Some(self.hash),
            title: Some(self.title()),
            links: self.links.clone(),
            document: Some(document),
            bytes: self.content.bytes.len() as u64,
        }
    }
}

/// What is to be done with a finding.
enum Plan {
    Nothing(DocumentId),
    Skip(Verdict),
    NextVersion(Box<Document>),
    New,
}

impl Trip<'_> {
    pub(super) async fn keep(
        &self,
        page: SourcePage,
        finding: Finding,
        leads: Vec<Sighting>,
    ) -> Result<(), Failure> {
        let sha256: [u8; 32] = Sha256::digest(&finding.content.bytes).into();
        match self.plan(&page, &finding, &sha256).await? {
            Plan::Skip(verdict) => {
                let status = Some(finding.content.status);
                self.settle(&page, status, verdict, &leads).await
            }
            Plan::Nothing(id) => {
                let tx = self.step().await?;
                rename(&tx, &page, id, &finding).await?;
                let settled = finding.settled(PageStatus::Unchanged, id);
                self.note(&tx, &page, &settled, &leads).await?;
                Ok(tx.commit().await?)
            }
            Plan::NextVersion(found) => self.change(&page, &finding, sha256, *found, &leads).await,
            Plan::New => self.create(&page, &finding, sha256, &leads).await,
        }
    }

    async fn plan(
        &self,
        page: &SourcePage,
        finding: &Finding,
        sha256: &[u8; 32],
    ) -> Result<Plan, Failure> {
        if let (Some(id), Some(hash)) = (page.document, page.content_hash)
            && hash == finding.hash
        {
            return Ok(Plan::Nothing(id));
        }
        let tx = self.context.read().await?;
        let twin = source::twin(&tx, self.source.id, page.id, &finding.hash).await?;
        let known = document::by_content(&tx, sha256).await?;
        // A site that is added again takes over the documents that were kept of it.
        let id = match page.document {
            Some(id) => Some(id),
            None => source::orphan(&tx, &page.url).await?,
        };
        let own = match id {
            Some(id) => Some(document::get(&tx, id).await?),
            None => None,
        };
        tx.commit().await?;
        if let Some(twin) = twin {
            let message = format!("It says the same as {}.", twin.url);
            return Ok(Plan::Skip(Verdict::skipped("duplicate", message)));
        }
        let is_own = |known: &Document| own.as_ref().is_some_and(|own| own.id == known.id);
        match known {
            Some(known) if !is_own(&known) => {
                let message = format!("There is a document with the same content: {}.", known.id);
                return Ok(Plan::Skip(Verdict::skipped("duplicate", message)));
            }
            Some(known) if page.document.is_none() => return Ok(Plan::Nothing(known.id)),
            Some(_) | None => {}
        }
        Ok(own.map_or(Plan::New, |own| Plan::NextVersion(Box::new(own))))
    }

    async fn create(
        &self,
        page: &SourcePage,
        finding: &Finding,
        sha256: [u8; 32],
        leads: &[Sighting],
    ) -> Result<(), Failure> {
        let id = DocumentId::new();
        let new = NewDocument {
            id,
            title: finding.title(),
            filename: finding.filename.clone(),
            language: None,
            bytes: finding.content.bytes.len() as u64,
            sha256,
        };
        let blobs = &self.context.services().blobs;
        let scope = self.context.scope();
        let key = BlobKey::original(id, 1);
        blobs
            .put(scope, &key, finding.content.bytes.clone())
            .await?;
        match self.add(page, finding, new, leads).await {
            Ok(tx) => Ok(tx.commit().await?),
            Err(error) => {
                // Left behind it would only take room.
                let _ = blobs.delete(scope, &key).await;
                Err(error)
            }
        }
    }

    /// The transaction that adds a document, to be committed.
    async fn add(
        &self,
        page: &SourcePage,
        finding: &Finding,
        new: NewDocument,
        leads: &[Sighting],
    ) -> Result<Tx<TenantScope>, Failure> {
        let id = new.id;
        let tx = self.step().await?;
        add(&tx, new).await.map_err(refused)?;
        document::set_source_url(&tx, id, &page.url).await?;
        let settled = finding.settled(PageStatus::Added, id);
        self.note(&tx, page, &settled, leads).await?;
        Ok(tx)
    }

    async fn change(
        &self,
        page: &SourcePage,
        finding: &Finding,
        sha256: [u8; 32],
        found: Document,
        leads: &[Sighting],
    ) -> Result<(), Failure> {
        let bytes = finding.content.bytes.clone();
        let content = Version {
            filename: &finding.filename,
            bytes: bytes.len() as u64,
            sha256,
        };
        let blobs = &self.context.services().blobs;
        let key = BlobKey::original(found.id, found.version + 1);
        blobs.put(self.context.scope(), &key, bytes).await?;
        let tx = self.step().await?;
        let advanced = advance(&tx, &found, &content, "document.replaced").await;
        advanced.map_err(refused)?;
        rename(&tx, page, found.id, finding).await?;
        let settled = finding.settled(PageStatus::Changed, found.id);
        self.note(&tx, page, &settled, leads).await?;
        Ok(tx.commit().await?)
    }
}

/// Calls a document what its page is called now, unless the tenant has called it otherwise.
async fn rename(
    tx: &Tx<TenantScope>,
    page: &SourcePage,
    id: DocumentId,
    finding: &Finding,
) -> Result<(), Failure> {
    let title = finding.title();
    let found = document::get(tx, id).await.map_err(|error| match error {
        // Deleted a moment ago; the page is looked at again.
        Error::NotFound => Failure::retry("the page's document has just been deleted"),
        other => other.into(),
    })?;
    let is_ours = page.title.as_ref() == Some(&found.title);
    if is_ours && found.title != title {
        document::rename(tx, id, &title).await?;
    }
    Ok(())
}

/// What it means that a document can't be kept.
fn refused(error: Error) -> Failure {
    match error {
        Error::Full { .. } => Failure::dead(
            "storage_full",
            format!("The pages don't fit into what the tenant may keep: {error}."),
        ),
        // Somebody has uploaded the same, or a new version, at this moment: it is looked at again.
        Error::AlreadyExists | Error::Stale => {
            Failure::retry("the page's document has just changed")
        }
        other => other.into(),
    }
}
