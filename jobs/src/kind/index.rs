//! `index`: put all passages of a version into the tenant's vector table in one commit, and let it answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_pipelines::knowledge::{analyse, chunk::HEADING_SEPARATOR};
use wafaa_storage::{
    Tx, chunk, document,
    embedding::{self, Embedding},
    vector::{Passage, Sentence, Space},
};

use super::{Compact, Kind, document_ended, document_key, ingest::gone};
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
        let services = context.services();
        let embedder = &services.embedder;
        let tx = context.read().await?;
        let found = document::get(&tx, self.document).await.map_err(gone)?;
        if found.version != self.version {
            return Err(Failure::Stale);
        }
        let chunks = chunk::range(&tx, self.document, self.version, 0..i32::MAX).await?;
        let hashes: Vec<_> = chunks.iter().map(|chunk| chunk.content_hash).collect();
        let mut embeddings = embedding::load(&tx, embedder.id(), &hashes).await?;
        tx.commit().await?;
        let passages = tokio::task::spawn_blocking({
            let dimension = embedder.dimension();
            move || {
                chunks
                    .into_iter()
                    .map(|chunk| {
                        let embedding =
                            embeddings.get_mut(&chunk.content_hash).ok_or_else(|| {
                                Failure::retry(format!("passage {} has no vectors", chunk.ordinal))
                            })?;
                        Ok(passage(&self, chunk, embedding, dimension))
                    })
                    .collect::<Result<Vec<_>, Failure>>()
            }
        })
        .await
        .map_err(Failure::retry)??;
        let space = Space {
            embedder: embedder.id().to_owned(),
            dimension: embedder.dimension(),
        };
        services
            .vectors
            .replace(context.scope(), &space, found.id, passages)
            .await?;

        let tx = context.finish().await?;
        document::publish(&tx, found.id, found.version).await?;
        chunk::remove_others(&tx, found.id, found.version).await?;
        tx.enqueue(&Compact::soon()).await?;
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

fn passage(index: &Index, chunk: chunk::Chunk, embedding: &Embedding, dimension: usize) -> Passage {
    let heading = chunk.heading.join(HEADING_SEPARATOR);
    let sentences = chunk
        .sentences
        .iter()
        .zip(embedding.sentences.chunks_exact(dimension))
        .map(|(range, vector)| Sentence {
            start: range.start,
            end: range.end,
            vector: vector.to_vec(),
        })
        .collect();
    Passage {
        id: chunk.id,
        document: index.document,
        version: index.version,
        ordinal: chunk.ordinal,
        page: chunk.page,
        terms: analyse::terms(&format!("{heading} {}", chunk.text), &chunk.language),
        heading,
        text: chunk.text,
        language: chunk.language,
        vector: embedding.vector.clone(),
        sentences,
    }
}
