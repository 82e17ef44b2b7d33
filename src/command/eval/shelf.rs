//! A tenant whose documents are the articles of a set, one each, in a data dir that goes with the run.
//!
//! Cut, embedded, indexed and published by the production code; only the queue between the steps is left out.

use std::{collections::HashMap, ops::Range};

use anyhow::ensure;
use sha2::{Digest as _, Sha256};
use wafaa_domain::{ChunkId, DocumentId, TenantScope};
use wafaa_jobs::Services;
use wafaa_pipelines::knowledge::{
    analyse,
    block::{Block, MediaType, ParsedDocument},
    chunk::{self, Chunk, Limits},
    embed::{Embedded, Passage as Words},
    language,
};
use wafaa_storage::{
    document,
    vector::{Passage, Sentence, Space},
};

use super::sets::{Article, Set};

/// Passages embedded in one call.
const BATCH: usize = 64;

/// Where the articles of a set stand.
pub(super) struct Shelf {
    pub(super) scope: TenantScope,
    articles: HashMap<DocumentId, usize>,
}

impl Shelf {
    /// Indexes the articles that `wanted` picks by number, for a tenant that has nothing else.
    pub(super) async fn fill(
        services: &Services,
        scope: TenantScope,
        set: &Set,
        wanted: impl Fn(usize) -> bool,
    ) -> anyhow::Result<Self> {
        let mut shelf = Self {
            scope,
            articles: HashMap::new(),
        };
        for (number, article) in set.articles.iter().enumerate() {
            if wanted(number) {
                let id = shelf.add(services, article, set.language, number).await?;
                shelf.articles.insert(id, number);
            }
        }
        services.vectors.compact(&scope, &space(services)).await?;
        Ok(shelf)
    }

    /// The number of the article that a document is.
    pub(super) fn article(&self, document: DocumentId) -> Option<usize> {
        self.articles.get(&document).copied()
    }

    async fn add(
        &self,
        services: &Services,
        article: &Article,
        language: &'static str,
        number: usize,
    ) -> anyhow::Result<DocumentId> {
        let id = DocumentId::new();
        let parsed = parsed(article);
        let chunks = chunk::chunk(
            &parsed,
            &services.tokenizer,
            &Limits::for_language(language),
        );
        let mut passages = Vec::with_capacity(chunks.len());
        for batch in chunks.chunks(BATCH) {
            let words: Vec<Words> = batch.iter().map(words).collect();
            let embedded = services.embedder.embed_passages(&words).await?;
            ensure!(embedded.len() == batch.len(), "a passage has no vector");
            let made = batch.iter().zip(embedded);
            passages.extend(made.map(|(chunk, vectors)| passage(id, language, chunk, vectors)));
        }
        let tx = services.db.write(self.scope).await?;
        let new = document::NewDocument {
            id,
            title: format!("Article {number}"),
            filename: format!("{number}.txt"),
            language: Some(language.to_owned()),
            bytes: article.text.len() as u64,
            sha256: Sha256::digest(id.to_string()).into(),
        };
        document::create(&tx, new).await?;
        document::publish(&tx, id, 1).await?;
        tx.commit().await?;
        let vectors = &services.vectors;
        vectors
            .replace(&self.scope, &space(services), id, passages)
            .await?;
        Ok(id)
    }
}

fn space(services: &Services) -> Space {
    Space {
        embedder: services.embedder.id().to_owned(),
        dimension: services.embedder.dimension(),
    }
}

/// A heading where it has one, and a paragraph for each line.
fn parsed(article: &Article) -> ParsedDocument {
    let lines = article.text.lines().filter(|line| !line.trim().is_empty());
    let heading = article
        .heading
        .iter()
        .map(|heading| Block::heading(2, heading));
    ParsedDocument {
        media_type: MediaType::Text,
        title: None,
        pages: 0,
        blocks: heading.chain(lines.map(Block::paragraph)).collect(),
        textless: Vec::new(),
        notes: Vec::new(),
    }
}

fn words(chunk: &Chunk) -> Words {
    Words {
        heading: chunk.heading_path(),
        text: chunk.text.clone(),
        sentences: chunk.sentences.clone(),
    }
}

fn passage(
    document: DocumentId,
    language: &'static str,
    chunk: &Chunk,
    vectors: Embedded,
) -> Passage {
    let heading = chunk.heading_path();
    let language = language::of_passage(&chunk.text, language);
    let sentence = |(range, vector): (&Range<u32>, Vec<i8>)| Sentence {
        start: range.start,
        end: range.end,
        vector,
    };
    Passage {
        id: ChunkId::new(),
        document,
        version: 1,
        ordinal: i32::try_from(chunk.ordinal).unwrap_or(i32::MAX),
        page: None,
        terms: analyse::terms(&format!("{heading} {}", chunk.text), language),
        heading,
        text: chunk.text.clone(),
        language: language.to_owned(),
        vector: vectors.vector,
        sentences: vectors
            .heading
            .map(|vector| (&Sentence::HEADING, vector))
            .into_iter()
            .chain(chunk.sentences.iter().zip(vectors.sentences))
            .map(sentence)
            .collect(),
    }
}
