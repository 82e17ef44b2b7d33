//! Searches in one large table, or in many small ones.
//!
//! Passages are made up: words by Zipf's law (the word of rank r comes once for every r times that the first does)
//! from a vocabulary of 30,000, a hundred a passage, and vectors scattered around a thousand centres. Questions are six
//! such words; for recall they are vectors near a passage's. Passages are written straight to the stores, as embedding
//! a hundred thousand would take longer than everything else here.

use std::{collections::HashSet, time::Instant};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use wafaa_domain::{ChunkId, DocumentId, TenantScope};
use wafaa_pipelines::knowledge::analyse;
use wafaa_storage::{
    document::{self, NewDocument},
    vector::{Passage, Query, Sentence, Space},
};

use super::{
    embedding::count,
    process::resident_megabytes,
    report::{Row, percentile},
};
use crate::{command::scratch, runtime::Runtime};

/// Passages of a document, written in one commit.
const PASSAGES: usize = 1_000;
const WORDS: usize = 100;
const VOCABULARY: f64 = 30_000.0;
/// Of a language's words so many are stop words.
const STOP_WORDS: usize = 100;
const CENTRES: usize = 1_000;
const SENTENCES: u32 = 4;
const QUESTIONS: usize = 300;
/// Neighbours that recall is about.
const NEIGHBOURS: usize = 10;
/// As a retriever asks for.
const CANDIDATES: usize = 50;
/// Compactions until nothing is left to do.
const TIDYINGS: usize = 8;

/// What to fill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) tenants: usize,
    pub(super) chunks: usize,
}

struct Made {
    random: StdRng,
    space: Space,
    centres: Vec<Vec<f32>>,
    /// The first tenant's vectors, to find its nearest by comparing all.
    vectors: Vec<(ChunkId, Vec<f32>)>,
}

pub(super) async fn measure(runtime: &Runtime, shape: Shape) -> anyhow::Result<Vec<Row>> {
    let mut made = Made::new(runtime);
    let mut scopes = Vec::with_capacity(shape.tenants);
    let begun = Instant::now();
    for number in 0..shape.tenants {
        let scope = scratch::tenant(&runtime.services.db, &format!("bench-{number}")).await?;
        for _ in 0..shape.chunks.div_ceil(PASSAGES) {
            made.document(runtime, &scope, number == 0).await?;
        }
        scopes.push(scope);
    }
    let written = begun.elapsed();
    let begun = Instant::now();
    for scope in &scopes {
        for _ in 0..shape.chunks.div_ceil(PASSAGES).min(TIDYINGS) {
            let vectors = &runtime.services.vectors;
            vectors.compact(scope, &made.space).await?;
        }
    }
    let tidied = begun.elapsed();
    let recall = made.recall(runtime, &scopes[0]).await?;
    made.vectors = Vec::new();
    let mut first = Vec::new();
    let mut times = Vec::new();
    for number in 0..QUESTIONS.max(2 * scopes.len()) {
        let scope = &scopes[number % scopes.len()];
        let question = made.question();
        let begun = Instant::now();
        runtime
            .retriever
            .search(scope, &question, NEIGHBOURS)
            .await?;
        // A tenant's first search opens its table.
        if number < scopes.len() {
            first.push(begun.elapsed());
        } else {
            times.push(begun.elapsed());
        }
    }
    let in_all = count(shape.tenants * shape.chunks);
    Ok(vec![
        Row::plain("tenants", count(shape.tenants), ""),
        Row::plain("chunks in each", count(shape.chunks), ""),
        Row::plain("written", in_all / written.as_secs_f64(), "chunks/s"),
        Row::plain("tidied and indexed", tidied.as_secs_f64(), "s"),
        Row::at_least("recall@10 beside an exact scan", recall, "", 0.98),
        Row::at_most("search, p95", percentile(&mut times, 95), "ms", 60.0),
        Row::plain("search, p50", percentile(&mut times, 50), "ms"),
        Row::plain(
            "a tenant's first search, p95",
            percentile(&mut first, 95),
            "ms",
        ),
        Row::at_most(
            "memory, with the model",
            resident_megabytes(std::process::id())?,
            "MB",
            1_024.0,
        ),
    ])
}

impl Made {
    fn new(runtime: &Runtime) -> Self {
        let embedder = &runtime.services.embedder;
        let space = Space {
            embedder: embedder.id().to_owned(),
            dimension: embedder.dimension(),
        };
        let mut random = StdRng::seed_from_u64(1);
        let centre = |random: &mut StdRng| unit((0..space.dimension).map(|_| noise(random)));
        let centres = (0..CENTRES).map(|_| centre(&mut random)).collect();
        Self {
            random,
            space,
            centres,
            vectors: Vec::new(),
        }
    }

    /// One document that answers.
    async fn document(
        &mut self,
        runtime: &Runtime,
        scope: &TenantScope,
        keep: bool,
    ) -> anyhow::Result<()> {
        let id = DocumentId::new();
        let passages: Vec<Passage> = (0..PASSAGES).map(|n| self.passage(id, n)).collect();
        if keep {
            let kept = passages.iter();
            self.vectors
                .extend(kept.map(|passage| (passage.id, passage.vector.clone())));
        }
        let services = &runtime.services;
        services
            .vectors
            .replace(scope, &self.space, id, passages)
            .await?;
        let tx = services.db.write(*scope).await?;
        let new = NewDocument {
            id,
            title: "Made up".to_owned(),
            filename: "made-up.txt".to_owned(),
            language: Some("en".to_owned()),
            bytes: 0,
            sha256: self.random.random(),
        };
        document::create(&tx, new).await?;
        document::publish(&tx, id, 1).await?;
        Ok(tx.commit().await?)
    }

    fn passage(&mut self, document: DocumentId, ordinal: usize) -> Passage {
        let text = self.words(WORDS);
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX) / SENTENCES;
        let vector = self.vector();
        #[expect(clippy::cast_possible_truncation, reason = "-127 to 127")]
        let bytes: Vec<i8> = vector.iter().map(|part| (part * 127.0) as i8).collect();
        let sentence = |n: u32| Sentence {
            start: n * end,
            end: (n + 1) * end,
            vector: bytes.clone(),
        };
        Passage {
            id: ChunkId::new(),
            document,
            version: 1,
            ordinal: i32::try_from(ordinal).unwrap_or(i32::MAX),
            page: None,
            heading: String::new(),
            terms: analyse::terms(&text, "en"),
            sentences: (0..SENTENCES).map(sentence).collect(),
            text,
            language: "en".to_owned(),
            vector,
        }
    }

    /// Near one of the centres: its cosine with it is about a half.
    fn vector(&mut self) -> Vec<f32> {
        let centre = self.random.random_range(0..CENTRES);
        let scatter = 1.7 / count_f32(self.space.dimension).sqrt();
        let random = &mut self.random;
        unit(
            self.centres[centre]
                .iter()
                .map(|part| part + scatter * noise(random)),
        )
    }

    fn words(&mut self, number: usize) -> String {
        let words: Vec<String> = (0..number).map(|_| word(rank(&mut self.random))).collect();
        words.join(" ")
    }

    /// Words that aren't among the most frequent: those are stop words, which nobody looks up.
    fn question(&mut self) -> String {
        let ranks = std::iter::repeat_with(|| rank(&mut self.random));
        let words = ranks.filter(|rank| *rank > STOP_WORDS).take(6).map(word);
        words.collect::<Vec<_>>().join(" ")
    }

    /// The share of the nearest [`NEIGHBOURS`] that are among a search's candidates.
    async fn recall(&self, runtime: &Runtime, scope: &TenantScope) -> anyhow::Result<f64> {
        let mut random = StdRng::seed_from_u64(2);
        let mut found = 0;
        for _ in 0..QUESTIONS {
            let (_, near) = &self.vectors[random.random_range(0..self.vectors.len())];
            let scatter = 0.5 / count_f32(near.len()).sqrt();
            let asked = unit(near.iter().map(|part| part + scatter * noise(&mut random)));
            let lookup = Query {
                vector: Some(&asked),
                terms: "",
                limit: CANDIDATES,
            };
            let vectors = &runtime.services.vectors;
            let candidates = vectors.search(scope, &self.space, &lookup).await?;
            let there: HashSet<ChunkId> = candidates
                .iter()
                .map(|candidate| candidate.passage.id)
                .collect();
            found += self.nearest(&asked).filter(|id| there.contains(id)).count();
        }
        Ok(count(found) / count(NEIGHBOURS * QUESTIONS))
    }

    fn nearest(&self, asked: &[f32]) -> impl Iterator<Item = ChunkId> + use<> {
        let mut all: Vec<(f32, ChunkId)> = self
            .vectors
            .iter()
            .map(|(id, vector)| (dot(asked, vector), *id))
            .collect();
        all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        all.into_iter().take(NEIGHBOURS).map(|(_, id)| id)
    }
}

/// Its logarithm is evenly spread, which is Zipf's law.
fn rank(random: &mut StdRng) -> usize {
    let rank = VOCABULARY.powf(random.random::<f64>());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 30,000"
    )]
    let rank = rank as usize;
    rank
}

/// The word of a rank.
fn word(mut rank: usize) -> String {
    let mut word = String::new();
    while rank > 0 {
        word.push(char::from(b"bdfgklmnprstvz"[rank % 14]));
        word.push(char::from(b"aeiou"[rank / 14 % 5]));
        rank /= 70;
    }
    word
}

/// Between -1.7 and 1.7, of variance one.
fn noise(random: &mut StdRng) -> f32 {
    random.random_range(-1.732..1.732)
}

fn unit(parts: impl Iterator<Item = f32>) -> Vec<f32> {
    let parts: Vec<f32> = parts.collect();
    let length = dot(&parts, &parts).sqrt();
    parts.into_iter().map(|part| part / length).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[expect(clippy::cast_precision_loss, reason = "some hundred components")]
fn count_f32(n: usize) -> f32 {
    n as f32
}
