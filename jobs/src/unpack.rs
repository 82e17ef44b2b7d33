//! An archive becomes documents, one a member; it is itself then ready, with no passages.
//!
//! What must stay true: all members become documents in one transaction, or none does; content that the tenant
//! has already is not added again, so a run that is repeated adds nothing twice; whatever is left out is in the
//! archive's report with the reason.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest, Sha256};
use wafaa_domain::DocumentId;
use wafaa_pipelines::knowledge::{block::MediaType, parse::Member, report::Report};
use wafaa_storage::{
    Error as StorageError, audit,
    blob::BlobKey,
    chunk,
    document::{self, NewDocument},
};

use crate::{
    Context, Done, Failure,
    document::title_of,
    kind::{Ingest, ingest::refused},
};

pub(crate) async fn run(
    context: &Context,
    archive: DocumentId,
    version: i32,
    bytes: &[u8],
) -> Result<Done, Failure> {
    let services = context.services();
    let members = services.sandbox.unpack(bytes, context.cancel()).await;
    let sorted = sort(context, members.map_err(refused)?).await?;
    if sorted.new.is_empty() && sorted.known == 0 {
        return Err(Failure::dead(
            "no_documents",
            "There is no document in this archive that can be read. Unpack it and look at what it holds.",
        ));
    }
    let report = Report::of_archive(MediaType::Zip, sorted.notes.clone());
    let report = serde_json::to_vec(&report).map_err(Failure::retry)?;
    let key = BlobKey::report(archive, version);
    services
        .blobs
        .put(context.scope(), &key, report.into())
        .await?;
    // What an earlier version said is over once this one is live.
    services.vectors.remove(context.scope(), archive).await?;
    let ids: Vec<DocumentId> = sorted.new.iter().map(|new| new.id).collect();
    let done = commit(context, archive, version, sorted.new).await;
    if done.is_err() {
        for id in ids {
            // Left behind they would only take room.
            let _ = services
                .blobs
                .delete(context.scope(), &BlobKey::original(id, 1))
                .await;
        }
    }
    done
}

/// What is in an archive.
#[derive(Default)]
struct Sorted {
    /// To be added; their content is in the blob store.
    new: Vec<NewDocument>,
    /// How many the tenant has already.
    known: usize,
    notes: Vec<String>,
}

async fn sort(context: &Context, members: Vec<Member>) -> Result<Sorted, Failure> {
    let mut sorted = Sorted::default();
    let mut seen = HashSet::new();
    for Member { name, content } in members {
        let content = match content {
            Ok(content) => Bytes::from(content),
            Err(reason) => {
                sorted.notes.push(format!("“{name}” was skipped: {reason}"));
                continue;
            }
        };
        let sha256: [u8; 32] = Sha256::digest(&content).into();
        if !seen.insert(sha256) {
            sorted
                .notes
                .push(format!("“{name}” is in the archive twice."));
            continue;
        }
        let tx = context.read().await?;
        let known = document::by_content(&tx, &sha256).await?;
        tx.commit().await?;
        if let Some(known) = known {
            sorted.known += 1;
            sorted
                .notes
                .push(format!("“{name}” is there already: {}.", known.id));
            continue;
        }
        let id = DocumentId::new();
        let bytes = content.len() as u64;
        context
            .services()
            .blobs
            .put(context.scope(), &BlobKey::original(id, 1), content)
            .await?;
        sorted.notes.push(format!("“{name}” became {id}."));
        sorted.new.push(NewDocument {
            id,
            title: title_of(&name),
            filename: name,
            language: None,
            bytes,
            sha256,
        });
    }
    Ok(sorted)
}

async fn commit(
    context: &Context,
    archive: DocumentId,
    version: i32,
    new: Vec<NewDocument>,
) -> Result<Done, Failure> {
    let tx = context.finish().await?;
    let media_type = MediaType::Zip.as_str();
    document::set_parsed(&tx, archive, version, media_type, 0).await?;
    document::publish(&tx, archive, version).await?;
    chunk::remove_others(&tx, archive, version).await?;
    let detail = json!({ "documents": new.len() });
    audit::note(&tx, "document.unpacked", Some(&archive), detail).await?;
    for new in new {
        let created = document::create(&tx, new).await.map_err(|error| match error {
            StorageError::Full { .. } => Failure::dead(
                "storage_full",
                "There is no room for all documents of this archive. Delete some, or upload fewer.",
            ),
            other => other.into(),
        })?;
        let first = Ingest {
            document: created.id,
            version: created.version,
        };
        tx.enqueue(&first).await?;
    }
    tx.commit().await
}
