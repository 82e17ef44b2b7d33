//! `reindex`: put the passages that answer back into the tenant's vector table, as after a restore.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Lane};
use wafaa_storage::{chunk, document};

use super::{Compact, Kind, document_key, ingest::gone, vectors};
use crate::{Context, Done, Failure};

/// Makes the vectors of one document's live version anew.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reindex {
    /// Which document.
    pub document: DocumentId,
}

impl Kind for Reindex {
    const KIND: &'static str = "reindex";
    const LANE: Lane = Lane::Ingest;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    /// In turn with the document's own jobs: whichever comes last leaves the newest live version.
    fn order_key(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    /// Not the document's: a new version must not call it off, since the old one answers until that is ready.
    fn parent(&self) -> Option<String> {
        None
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let found = document::get(&tx, self.document).await.map_err(gone)?;
        let version = found.live_version.ok_or(Failure::Stale)?;
        let chunks = chunk::range(&tx, self.document, version, 0..i32::MAX).await?;
        tx.commit().await?;
        vectors::commit(context, self.document, version, chunks).await?;

        let tx = context.finish().await?;
        tx.enqueue(&Compact::soon()).await?;
        tx.commit().await
    }
}
