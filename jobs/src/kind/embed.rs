//! `embed`: vectors for a batch of passages. The last batch of a version starts `index`.

use std::{collections::HashSet, time::Duration};

use rand::Rng as _;
use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_storage::{
    Tx, chunk, document, embedding, ledger,
    limit::Class,
    tenant::{self, Limits},
};

use super::{Index, Kind, document_ended, document_key, vectors};
use crate::{Context, Done, Failure};

/// Percent of a document's progress before and after all its batches.
const PROGRESS: (usize, usize) = (20, 90);

/// Embeds the passages of a version with ordinals from `from` to before `to`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Embed {
    /// Which document.
    pub document: DocumentId,
    /// Which version of it.
    pub version: i32,
    /// The first ordinal.
    pub from: i32,
    /// The ordinal after the last.
    pub to: i32,
    /// How many batches the version has.
    pub of: usize,
}

impl Embed {
    /// What the batches of a version count down.
    pub(super) fn barrier(document: DocumentId, version: i32) -> String {
        format!("embed:{document}:{version}")
    }
}

impl Kind for Embed {
    const KIND: &'static str = "embed";
    const LANE: Lane = Lane::Ingest;
    const TIMEOUT: Duration = Duration::from_secs(300);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!(
            "embed:{}:{}:{}",
            self.document, self.version, self.from
        ))
    }

    fn parent(&self) -> Option<String> {
        Some(document_key(self.document))
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let embedder = &context.services().embedder;
        let tx = context.read().await?;
        let chunks = chunk::range(&tx, self.document, self.version, self.from..self.to).await?;
        let hashes: Vec<_> = chunks.iter().map(|chunk| chunk.content_hash).collect();
        let mut known = embedding::known(&tx, embedder.id(), &hashes).await?;
        let limits = tenant::own(&tx).await?.limits;
        tx.commit().await?;
        let missing = missing(chunks, &mut known);
        take_tokens(context, &limits, &missing).await?;
        let embeddings = vectors::embed(embedder, missing.iter()).await?;

        let tx = context.finish().await?;
        embedding::keep(&tx, embedder.id(), &embeddings).await?;
        let left = ledger::count_down(&tx, &Self::barrier(self.document, self.version)).await?;
        document::set_progress(&tx, self.document, self.version, self.percent(left)).await?;
        if left == 0 {
            tx.enqueue(&Index {
                document: self.document,
                version: self.version,
            })
            .await?;
        }
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

impl Embed {
    fn percent(&self, left: u32) -> i32 {
        let done = self.of.saturating_sub(left as usize);
        let percent = PROGRESS.0 + (PROGRESS.1 - PROGRESS.0) * done / self.of.max(1);
        i32::try_from(percent).unwrap_or(0)
    }
}

/// Counts the passages' tokens against the tenant's limit, or puts the job off.
///
/// A run that fails later has used them all the same: so has the embedder.
async fn take_tokens(
    context: &Context,
    limits: &Limits,
    passages: &[chunk::Chunk],
) -> Result<(), Failure> {
    let tokens = passages
        .iter()
        .fold(0_u32, |sum, chunk| sum.saturating_add(chunk.tokens));
    if tokens == 0 {
        return Ok(());
    }
    let limiter = &context.services().limiter;
    let scope = context.scope();
    let allowance = limiter
        .take(scope, Class::EmbeddingTokens, limits, tokens)
        .await;
    if allowance.granted {
        return Ok(());
    }
    Err(Failure::Snooze(
        spread(allowance.retry_after),
        "the tenant's limit of embedding tokens a minute is used up".into(),
    ))
}

/// Up to a quarter longer, so that the batches of a document don't all come back at once.
fn spread(wait: Duration) -> Duration {
    wait + rand::rng().random_range(Duration::ZERO..=wait / 4)
}

/// Each passage without vectors once, though it may stand in the document twice.
fn missing(
    chunks: Vec<chunk::Chunk>,
    known: &mut HashSet<embedding::ContentHash>,
) -> Vec<chunk::Chunk> {
    chunks
        .into_iter()
        .filter(|chunk| known.insert(chunk.content_hash))
        .collect()
}
