//! `chunk`: cut the blocks into token-exact passages and fan out their embedding.

use std::{collections::HashSet, ops::Range, time::Duration};

use serde::{Deserialize, Serialize};
use wafaa_domain::{ChunkId, DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_pipelines::knowledge::{
    block::ParsedDocument,
    chunk::{self as chunker, Limits, Tokenizer},
    embed::content_hash,
    language,
};
use wafaa_storage::{Tx, blob::BlobKey, chunk, document, embedding, ledger};

use super::{Embed, Index, Kind, document_ended, document_key, ingest::gone};
use crate::{Context, Done, Failure, measure};

/// Tokens of the passages in one `embed` job: about half a second of work, so that jobs are few, progress
/// is visible and a lost one costs little.
const BATCH_TOKENS: u32 = 8_000;

/// Cuts one version of a document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chunk {
    /// Which document.
    pub document: DocumentId,
    /// Which version of it.
    pub version: i32,
}

impl Kind for Chunk {
    const KIND: &'static str = "chunk";
    const LANE: Lane = Lane::Ingest;
    const TIMEOUT: Duration = Duration::from_secs(300);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("chunk:{}:{}", self.document, self.version))
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
        let key = BlobKey::parsed(self.document, self.version);
        let json = services.blobs.get(context.scope(), &key).await?;
        let parsed: ParsedDocument = serde_json::from_slice(&json).map_err(Failure::retry)?;
        let tokenizer = services.tokenizer.clone();
        let (language, chunks) =
            tokio::task::spawn_blocking(move || cut(&parsed, found.language, &tokenizer))
                .await
                .map_err(Failure::retry)?;
        if chunks.is_empty() {
            return Err(Failure::dead(
                "no_text",
                "There is no text in this document.",
            ));
        }
        let tx = context.read().await?;
        let hashes: Vec<_> = chunks.iter().map(|chunk| chunk.content_hash).collect();
        let known = embedding::known(&tx, services.embedder.id(), &hashes).await?;
        tx.commit().await?;
        let batches = batches(&chunks, &known);
        let has_vectors = |piece: &&chunk::Chunk| known.contains(&piece.content_hash);
        let hits = chunks.iter().filter(has_vectors).count();

        let tx = context.finish().await?;
        chunk::replace(&tx, self.document, self.version, &chunks).await?;
        document::set_language(&tx, self.document, self.version, &language, chunks.len()).await?;
        self.fan_out(&tx, batches).await?;
        let done = tx.commit().await?;
        measure::embeddings(hits, chunks.len() - hits);
        Ok(done)
    }

    async fn ended(
        &self,
        tx: &Tx<TenantScope>,
        reason: &Reason,
    ) -> Result<(), wafaa_storage::Error> {
        document_ended(tx, self.document, self.version, reason).await
    }
}

impl Chunk {
    /// One `embed` job a batch, the last of which goes on to `index`; straight to `index` when all is known.
    async fn fan_out(&self, tx: &crate::Finish, batches: Vec<Range<i32>>) -> Result<(), Failure> {
        let (document, version) = (self.document, self.version);
        if batches.is_empty() {
            return tx.enqueue(&Index { document, version }).await;
        }
        let of = batches.len();
        ledger::set_barrier(tx, &Embed::barrier(document, version), of).await?;
        for range in batches {
            tx.enqueue(&Embed {
                document,
                version,
                from: range.start,
                to: range.end,
                of,
            })
            .await?;
        }
        Ok(())
    }
}

/// The document's language, given or found, and its passages as rows.
fn cut(
    parsed: &ParsedDocument,
    given: Option<String>,
    tokenizer: &Tokenizer,
) -> (String, Vec<chunk::Chunk>) {
    let language = given
        .as_deref()
        .and_then(language::known)
        .or_else(|| language::detect(&chunker::text(parsed)))
        .unwrap_or("en");
    let chunks = chunker::chunk(parsed, tokenizer, &Limits::for_language(language));
    let rows = chunks
        .into_iter()
        .map(|piece| chunk::Chunk {
            id: ChunkId::new(),
            ordinal: i32::try_from(piece.ordinal).unwrap_or(i32::MAX),
            page: piece.page,
            language: language::of_passage(&piece.text, language).to_owned(),
            span: piece.start as u64..piece.end as u64,
            tokens: u32::try_from(piece.tokens).unwrap_or(u32::MAX),
            content_hash: content_hash(&piece.heading_path(), &piece.text, &piece.sentences),
            heading: piece.heading,
            text: piece.text,
            sentences: piece.sentences,
        })
        .collect();
    (language.to_owned(), rows)
}

/// Ranges of ordinals with about [`BATCH_TOKENS`] tokens yet to embed.
fn batches(chunks: &[chunk::Chunk], known: &HashSet<embedding::ContentHash>) -> Vec<Range<i32>> {
    let mut batches = Vec::new();
    let mut open: Option<(Range<i32>, u32)> = None;
    for piece in chunks
        .iter()
        .filter(|piece| !known.contains(&piece.content_hash))
    {
        let (range, tokens) = open.get_or_insert((piece.ordinal..piece.ordinal, 0));
        range.end = piece.ordinal + 1;
        *tokens += piece.tokens;
        if *tokens >= BATCH_TOKENS {
            batches.extend(open.take().map(|(range, _)| range));
        }
    }
    batches.extend(open.map(|(range, _)| range));
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(ordinal: i32, tokens: u32) -> chunk::Chunk {
        chunk::Chunk {
            id: ChunkId::new(),
            ordinal,
            page: None,
            heading: Vec::new(),
            text: String::new(),
            language: "en".into(),
            span: 0..0,
            tokens,
            sentences: Vec::new(),
            content_hash: [u8::try_from(ordinal).expect("few chunks"); 32],
        }
    }

    #[test]
    fn batches_cover_what_is_not_known_once() {
        let chunks: Vec<_> = (0..10).map(|ordinal| piece(ordinal, 3_000)).collect();
        let known = HashSet::from([[0; 32], [4; 32]]);
        assert_eq!(batches(&chunks, &known), [1..4, 5..8, 8..10]);
        assert_eq!(batches(&chunks[..1], &known), [0..0; 0]);
    }
}
