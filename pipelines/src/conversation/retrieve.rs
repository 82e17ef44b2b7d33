//! Finds the passages that may answer a question.
//!
//! A thin shell around [`rank`](super::rank()): search both indexes, drop what isn't live, rank. A deleted document
//! and one that was never published are dropped here, whatever the index still holds of them. Versions need no
//! look: the index holds one version of a document at a time, the new one replacing the old in one commit, so a
//! document answers without a gap while its next version is published.

use std::{ops::Range, time::Instant};

use tracing::{Instrument as _, info_span};
use wafaa_domain::{ChunkId, DocumentId, TenantScope};
use wafaa_storage::{
    Database,
    document::{self, LiveDocument},
    vector::{Candidate, Query as Lookup, Space, Vectors},
};

use super::{
    Error,
    rank::{Ranked, Ranking, Weights, rank},
    rerank::rerank,
};
use crate::{
    knowledge::{analyse::Query, embed::Embedder},
    llm::Reranker,
    measure,
};

/// Candidates from each index. The union is ranked, so more only costs time.
const CANDIDATES: usize = 50;

/// A passage that may answer.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The passage.
    pub chunk_id: ChunkId,
    /// Its document.
    pub document_id: DocumentId,
    /// The document's title.
    pub title: String,
    /// The web page that the document is, when it comes from a source.
    pub source_url: Option<String>,
    /// The page it begins on, from 1.
    pub page: Option<u32>,
    /// Its heading path as one line; may be empty.
    pub heading: String,
    /// Its text.
    pub text: String,
    /// 0 to 1. The first hit's is the probability that it answers; the others' are in proportion of what they
    /// are ranked by.
    pub score: f32,
    /// The sentence closest to the question, as bytes of `text`, and its cosine; a single sentence can be
    /// closer than the passage.
    pub best_sentence: Option<(Range<usize>, f32)>,
    /// The passage's cosine, where the embedder was asked.
    pub cosine: Option<f32>,
    /// The BM25 score, where the words match.
    pub bm25: Option<f32>,
}

/// Searches the documents of a tenant. Clones share everything.
#[derive(Clone)]
pub struct Retriever {
    db: Database,
    vectors: Vectors,
    embedder: Embedder,
    reranker: Option<Reranker>,
}

/// A question and what was found for it.
pub(super) struct Found {
    pub(super) question: String,
    pub(super) query: Query,
    pub(super) ranking: Ranking,
    /// The documents of `ranking`, in its order.
    pub(super) documents: Vec<LiveDocument>,
}

impl Retriever {
    /// A retriever over these.
    pub const fn new(db: Database, vectors: Vectors, embedder: Embedder) -> Self {
        Self {
            db,
            vectors,
            embedder,
            reranker: None,
        }
    }

    /// The same, with the best passages put into order by a model.
    #[must_use]
    pub fn with_reranker(self, reranker: Option<Reranker>) -> Self {
        Self { reranker, ..self }
    }

    /// The best `top_k` passages for `question`, best first.
    ///
    /// # Errors
    /// Those of the embedder and of storage.
    pub async fn search(
        &self,
        scope: &TenantScope,
        question: &str,
        top_k: usize,
    ) -> Result<Vec<Hit>, Error> {
        let found = self.find(scope, question).await?;
        Ok(found.hits(top_k))
    }

    pub(super) async fn find(&self, scope: &TenantScope, question: &str) -> Result<Found, Error> {
        let begun = Instant::now();
        let found = self.look_up(scope, question);
        let found = found.instrument(info_span!("search")).await?;
        measure::searched(begun.elapsed());
        Ok(found)
    }

    async fn look_up(&self, scope: &TenantScope, question: &str) -> Result<Found, Error> {
        let query = Query::new(question);
        if query.words.is_empty() {
            let ranking = rank(&query, None, self.weights(), Vec::new());
            return Ok(Found {
                question: question.to_owned(),
                query,
                ranking,
                documents: Vec::new(),
            });
        }
        let vector = self.embedder.embed_query(question).await?;
        let terms = query.terms();
        let lookup = Lookup {
            vector: Some(&vector),
            terms: &terms,
            limit: CANDIDATES,
        };
        let candidates = self.vectors.search(scope, &self.space(), &lookup).await?;
        let ids = documents(&candidates);
        let live = document::live(&self.db, scope, &ids).await?;
        let answering = candidates
            .into_iter()
            .filter(|candidate| live.contains_key(&candidate.passage.document));
        let mut ranking = rank(&query, Some(&vector), self.weights(), answering.collect());
        if let Some(reranker) = &self.reranker {
            rerank(reranker, question, &mut ranking).await;
        }
        let documents = ranking
            .passages
            .iter()
            .filter_map(|ranked| live.get(&ranked.candidate.passage.document).cloned())
            .collect();
        Ok(Found {
            question: question.to_owned(),
            query,
            ranking,
            documents,
        })
    }

    fn space(&self) -> Space {
        Space {
            embedder: self.embedder.id().to_owned(),
            dimension: self.embedder.dimension(),
        }
    }

    const fn weights(&self) -> Weights {
        match self.embedder {
            Embedder::Local(_) => Weights::English,
            Embedder::OpenAi(_) => Weights::Multilingual,
        }
    }
}

impl Found {
    fn hits(&self, top_k: usize) -> Vec<Hit> {
        let best = self
            .ranking
            .passages
            .first()
            .map_or(1.0, |first| first.fused)
            .max(f32::MIN_POSITIVE);
        let hit = |(ranked, document): (&Ranked, &LiveDocument)| {
            let passage = &ranked.candidate.passage;
            Hit {
                chunk_id: passage.id,
                document_id: passage.document,
                title: document.title.clone(),
                source_url: document.source_url.clone(),
                page: passage.page,
                heading: passage.heading.clone(),
                text: passage.text.clone(),
                score: self.ranking.confidence * (ranked.fused / best).clamp(0.0, 1.0),
                best_sentence: ranked
                    .best_sentence()
                    .map(|best| (best.range.clone(), best.cosine)),
                cosine: ranked.candidate.cosine,
                bm25: ranked.candidate.bm25,
            }
        };
        self.ranking
            .passages
            .iter()
            .zip(&self.documents)
            .take(top_k)
            .map(hit)
            .collect()
    }
}

fn documents(candidates: &[Candidate]) -> Vec<DocumentId> {
    let mut ids: Vec<DocumentId> = candidates
        .iter()
        .map(|candidate| candidate.passage.document)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
