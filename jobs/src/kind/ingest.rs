//! `ingest`: parse the uploaded bytes in a confined child process and store the blocks; an archive is taken
//! apart instead.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_pipelines::knowledge::{parse, report::Report};
use wafaa_storage::{Tx, blob::BlobKey, document};

use super::{Chunk, Kind, document_ended, document_key};
use crate::{Context, Done, Failure, unpack};

/// Parses one version of a document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ingest {
    /// Which document.
    pub document: DocumentId,
    /// Which version of it.
    pub version: i32,
}

impl Kind for Ingest {
    const KIND: &'static str = "ingest";
    const LANE: Lane = Lane::Ingest;
    /// Recognising the most pages that are recognised takes some minutes.
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("ingest:{}:{}", self.document, self.version))
    }

    fn order_key(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    fn parent(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let services = context.services();
        let tx = context.read().await?;
        let found = document::get(&tx, self.document).await.map_err(gone)?;
        tx.commit().await?;
        let original = BlobKey::original(self.document, self.version);
        let bytes = services.blobs.get(context.scope(), &original).await?;
        let parsed = services
            .sandbox
            .parse(&bytes, &found.filename, context.cancel())
            .await;
        if let Err(parse::Error::Archive) = parsed {
            return unpack::run(context, self.document, self.version, &bytes).await;
        }
        let parsed = parsed.map_err(refused)?;
        let report = BlobKey::report(self.document, self.version);
        keep(context, &report, &Report::of(&parsed)).await?;
        let blocks = BlobKey::parsed(self.document, self.version);
        keep(context, &blocks, &parsed).await?;

        let tx = context.finish().await?;
        document::touch(&tx, self.document, self.version).await?;
        document::set_parsed(
            &tx,
            self.document,
            self.version,
            parsed.media_type.as_str(),
            parsed.pages,
        )
        .await?;
        tx.enqueue(&Chunk {
            document: self.document,
            version: self.version,
        })
        .await?;
        tx.commit().await
    }

    async fn ended(
        &self,
        tx: &Tx<TenantScope>,
        reason: &Reason,
    ) -> Result<(), wafaa_storage::Error> {
        document_ended(tx, self.document, self.version, reason).await
    }
}

async fn keep(
    context: &Context,
    key: &BlobKey,
    what: &(impl Serialize + Sync),
) -> Result<(), Failure> {
    let json = serde_json::to_vec(what).map_err(Failure::retry)?;
    let blobs = &context.services().blobs;
    Ok(blobs.put(context.scope(), key, json.into()).await?)
}

/// A document that isn't there any more leaves its jobs nothing to do.
pub(super) fn gone(error: wafaa_storage::Error) -> Failure {
    if let wafaa_storage::Error::NotFound = error {
        return Failure::Stale;
    }
    error.into()
}

pub(crate) fn refused(error: parse::Error) -> Failure {
    if matches!(error, parse::Error::Cancelled) {
        return Failure::Cancelled;
    }
    if error.is_transient() {
        return Failure::retry(error);
    }
    Failure::dead(error.code(), error.to_string())
}
