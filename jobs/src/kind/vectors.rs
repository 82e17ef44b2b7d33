//! From chunks and their embeddings to a commit in the tenant's vector table; shared by the kinds that make one.

use std::collections::HashMap;

use wafaa_domain::DocumentId;
use wafaa_pipelines::knowledge::{
    analyse,
    chunk::HEADING_SEPARATOR,
    embed::{Embedder, Passage as Words},
};
use wafaa_storage::{
    chunk::Chunk,
    embedding::{self, ContentHash, Embedding},
    vector::{Passage, Sentence, Space},
};

use crate::{Context, Failure, tenant::rebuild_vectors};

/// Passages embedded between two commits, so that a run that is cut short has not worked in vain.
const BATCH: usize = 64;

/// The attempt from which on a table that can't be written is suspected of being damaged.
const SUSPICIOUS: i32 = 3;

/// Makes these chunks all that the vector table holds of the document, in one commit. Chunks that have no
/// embedding by the embedder of today, because another one was at work when they were made, get one.
pub(super) async fn commit(
    context: &Context,
    document: DocumentId,
    version: i32,
    chunks: Vec<Chunk>,
) -> Result<(), Failure> {
    let services = context.services();
    let space = Space {
        embedder: services.embedder.id().to_owned(),
        dimension: services.embedder.dimension(),
    };
    let embeddings = embeddings(context, &chunks).await?;
    let dimension = space.dimension;
    let passages = tokio::task::spawn_blocking(move || {
        chunks
            .into_iter()
            .map(|chunk| {
                let embedding = embeddings.get(&chunk.content_hash).ok_or_else(|| {
                    Failure::retry(format!("passage {} has no vectors", chunk.ordinal))
                })?;
                Ok(passage(document, version, chunk, embedding, dimension))
            })
            .collect::<Result<Vec<_>, Failure>>()
    })
    .await
    .map_err(Failure::retry)??;
    let replaced = services
        .vectors
        .replace(context.scope(), &space, document, passages)
        .await;
    if replaced.is_err() {
        mend(context, &space).await?;
    }
    Ok(replaced?)
}

/// After a table could not be written: has one that turns out to be damaged made anew from the chunks and their
/// kept embeddings. Most failures pass by themselves, so the first attempts don't look.
pub(super) async fn mend(context: &Context, space: &Space) -> Result<(), Failure> {
    let services = context.services();
    if context.attempt() < SUSPICIOUS || !services.vectors.is_damaged(context.scope(), space).await
    {
        return Ok(());
    }
    // First, so that nothing stays away from the new table should this process end in between.
    let tx = services.db.write(*context.scope()).await?;
    let documents = rebuild_vectors(&tx).await?;
    tx.commit().await?;
    if services
        .vectors
        .drop_damaged(context.scope(), space)
        .await?
    {
        tracing::warn!(documents, "a damaged vector table is made anew");
    }
    Ok(())
}

async fn embeddings(
    context: &Context,
    chunks: &[Chunk],
) -> Result<HashMap<ContentHash, Embedding>, Failure> {
    let embedder = &context.services().embedder;
    let hashes: Vec<_> = chunks.iter().map(|chunk| chunk.content_hash).collect();
    let tx = context.read().await?;
    let mut found = embedding::load(&tx, embedder.id(), &hashes).await?;
    tx.commit().await?;
    let missing: Vec<&Chunk> = chunks
        .iter()
        .filter(|chunk| !found.contains_key(&chunk.content_hash))
        .collect();
    for batch in missing.chunks(BATCH) {
        let made = embed(embedder, batch.iter().copied()).await?;
        let tx = context.services().db.write(*context.scope()).await?;
        embedding::keep(&tx, embedder.id(), &made).await?;
        tx.commit().await?;
        found.extend(made.into_iter().map(|one| (one.content_hash, one)));
    }
    Ok(found)
}

/// Makes the embeddings of chunks, in their order.
pub(super) async fn embed<'a>(
    embedder: &Embedder,
    chunks: impl Iterator<Item = &'a Chunk> + Clone + Send,
) -> Result<Vec<Embedding>, Failure> {
    let words: Vec<Words> = chunks.clone().map(words).collect();
    let vectors = embedder
        .embed_passages(&words)
        .await
        .map_err(Failure::retry)?;
    let made = chunks.zip(vectors).map(|(chunk, embedded)| Embedding {
        content_hash: chunk.content_hash,
        vector: embedded.vector,
        sentences: embedded
            .heading
            .into_iter()
            .chain(embedded.sentences)
            .flatten()
            .collect(),
    });
    Ok(made.collect())
}

/// What is embedded of a chunk.
fn words(chunk: &Chunk) -> Words {
    Words {
        heading: chunk.heading.join(HEADING_SEPARATOR),
        text: chunk.text.clone(),
        sentences: chunk.sentences.clone(),
    }
}

fn passage(
    document: DocumentId,
    version: i32,
    chunk: Chunk,
    embedding: &Embedding,
    dimension: usize,
) -> Passage {
    let heading = chunk.heading.join(HEADING_SEPARATOR);
    let vectors = embedding.sentences.chunks_exact(dimension);
    // Embeddings kept from before headings were embedded have none of it.
    let has_heading = vectors.len() > chunk.sentences.len();
    let heading_range = has_heading.then_some(Sentence::HEADING);
    let sentences = heading_range
        .iter()
        .chain(&chunk.sentences)
        .zip(vectors)
        .map(|(range, vector)| Sentence {
            start: range.start,
            end: range.end,
            vector: vector.to_vec(),
        })
        .collect();
    Passage {
        id: chunk.id,
        document,
        version,
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
