//! `index`: put all passages of a version into the tenant's vector table in one commit, and let it answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_storage::{Tx, chunk, document};

use super::{Compact, EvaluateChange, Kind, document_ended, document_key, ingest::gone, vectors};
use crate::{Context, Done, Failure};

/// Publishes one version of a document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Index {
    /// Which document.
    pub document: DocumentId,
    /// Which version of it.
    pub version: i32,
}

impl Kind for Index {
    const KIND: &'static str = "index";
    const LANE: Lane = Lane::Ingest;
    const TIMEOUT: Duration = Duration::from_secs(600);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("index:{}:{}", self.document, self.version))
    }

    fn order_key(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    fn parent(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    /// The vector commit comes first, may be repeated, and is what replaces the old version by the new in
    /// answers; a document published for the first time is seen from the transaction below on.
    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let found = document::get(&tx, self.document).await.map_err(gone)?;
        if found.version != self.version {
            return Err(Failure::Stale);
        }
        let chunks = chunk::range(&tx, self.document, self.version, 0..i32::MAX).await?;
        tx.commit().await?;
        vectors::commit(context, found.id, found.version, chunks).await?;

        let tx = context.finish().await?;
        document::publish(&tx, found.id, found.version).await?;
        chunk::remove_others(&tx, found.id, found.version).await?;
        tx.enqueue(&Compact::soon()).await?;
        EvaluateChange::if_wanted(&tx).await?;
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
