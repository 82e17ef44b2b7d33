//! `ingest`: parse the uploaded bytes in a confined child process and store the blocks.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_pipelines::knowledge::parse;
use wafaa_storage::{Tx, blob::BlobKey, document};

use super::{Chunk, Kind, document_ended, document_key};
use crate::{Context, Done, Failure};

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
    const TIMEOUT: Duration = Duration::from_secs(180);

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
            .await
            .map_err(refused)?;
        let json = serde_json::to_vec(&parsed).map_err(Failure::retry)?;
        let key = BlobKey::parsed(self.document, self.version);
        services
            .blobs
            .put(context.scope(), &key, json.into())
            .await?;

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

/// A document that isn't there any more leaves its jobs nothing to do.
pub(super) fn gone(error: wafaa_storage::Error) -> Failure {
    if let wafaa_storage::Error::NotFound = error {
        return Failure::Stale;
    }
    error.into()
}

fn refused(error: parse::Error) -> Failure {
    if matches!(error, parse::Error::Cancelled) {
        return Failure::Cancelled;
    }
    if error.is_transient() {
        return Failure::retry(error);
    }
    Failure::dead(error.code(), error.to_string())
}
