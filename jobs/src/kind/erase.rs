//! `erase`: remove all that is left of a deleted document: vectors, files, rows.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Lane};
use wafaa_storage::{Error, blob::BlobKey, document};

use super::{Compact, Kind, document_key};
use crate::{Context, Done, Failure};

/// Erases one deleted document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Erase {
    /// Which document.
    pub document: DocumentId,
}

impl Kind for Erase {
    const KIND: &'static str = "erase";
    const LANE: Lane = Lane::Maintenance;
    /// What a tenant wants gone is tried for as long as it takes.
    const MAX_ATTEMPTS: i32 = 1_000;
    const TIMEOUT: Duration = Duration::from_secs(300);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("erase:{}", self.document))
    }

    /// Behind the document's own jobs, so that none of them writes after it.
    fn order_key(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    /// Not the document's: calling off the document's jobs must not call this off.
    fn parent(&self) -> Option<String> {
        None
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let services = context.services();
        let tx = context.read().await?;
        let newest = match document::deleted_version(&tx, self.document).await {
            Err(Error::NotFound) => 0,
            other => other?,
        };
        tx.commit().await?;
        services
            .vectors
            .remove(context.scope(), self.document)
            .await?;
        for version in 1..=newest {
            for key in [
                BlobKey::original(self.document, version),
                BlobKey::parsed(self.document, version),
                BlobKey::report(self.document, version),
            ] {
                services.blobs.delete(context.scope(), &key).await?;
            }
        }
        let tx = context.finish().await?;
        document::erase(&tx, self.document).await?;
        // Removed rows are out of every search at once; this takes their bytes off the disk.
        tx.enqueue(&Compact::soon()).await?;
        tx.commit().await
    }
}
