//! How long searches and writes take; run with `--ignored --nocapture` on a quiet machine.

use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng, rngs::StdRng};
use wafaa_domain::{ChunkId, DocumentId};
use wafaa_storage::vector::{Passage, Query, Sentence, Space, Vectors};

const DIMENSION: usize = 384;
const PASSAGES_PER_DOCUMENT: usize = 20;
const SEARCHES: usize = 200;

fn space() -> Space {
    Space {
        embedder: "measure".into(),
        dimension: DIMENSION,
    }
}

/// Words of a vocabulary of 20,000, the frequent ones frequent (roughly Zipf's law).
fn words(random: &mut StdRng, count: usize) -> String {
    let word = |random: &mut StdRng| 20_000_f64.powf(random.random::<f64>()) as u32;
    let words: Vec<_> = (0..count).map(|_| format!("w{}", word(random))).collect();
    words.join(" ")
}

fn vector(random: &mut StdRng) -> Vec<f32> {
    (0..DIMENSION)
        .map(|_| random.random_range(-1.0..1.0))
        .collect()
}

fn document(random: &mut StdRng) -> (DocumentId, Vec<Passage>) {
    let document = DocumentId::new();
    let passage = |ordinal| {
        let terms = words(random, 120);
        Passage {
            id: ChunkId::new(),
            document,
            version: 1,
            ordinal,
            page: None,
            heading: "A heading".into(),
            text: format!("{terms} {terms}"),
            terms,
            language: "en".into(),
            vector: vector(random),
            sentences: (0..6)
                .map(|n| Sentence {
                    start: n,
                    end: n + 9,
                    vector: vec![n as i8; DIMENSION],
                })
                .collect(),
        }
    };
    (
        document,
        (0..PASSAGES_PER_DOCUMENT as i32).map(passage).collect(),
    )
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{what}: p50 {:.1?}, p95 {:.1?}, max {:.1?}",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

async fn searches(what: &str, vectors: &Vectors, scope: &wafaa_domain::TenantScope) {
    let mut random = StdRng::seed_from_u64(7);
    for half in ["both", "dense", "words"] {
        let mut times = Vec::new();
        for round in 0..SEARCHES {
            let (question, terms) = (vector(&mut random), words(&mut random, 8));
            let query = Query {
                vector: (half != "words").then_some(&question),
                terms: if half == "dense" { "" } else { &terms },
                limit: 40,
            };
            let start = Instant::now();
            let found = vectors.search(scope, &space(), &query).await.unwrap();
            if round >= 10 {
                times.push(start.elapsed());
            }
            assert!(found.len() >= 20);
        }
        report(&format!("{what}, {half}"), times);
    }
}

async fn measure(passages: usize) {
    let (_directory, vectors) = super::vectors().await;
    let (scope, mut random) = (super::tenant(), StdRng::seed_from_u64(1));
    let mut writes = Vec::new();
    for _ in 0..passages / PASSAGES_PER_DOCUMENT {
        let (document, all) = document(&mut random);
        let start = Instant::now();
        vectors
            .replace(&scope, &space(), document, all)
            .await
            .unwrap();
        writes.push(start.elapsed());
    }
    report(&format!("{passages} passages, replacing 20"), writes);
    searches(
        &format!("{passages} passages, as written"),
        &vectors,
        &scope,
    )
    .await;
    for again in ["compacting", "compacting again"] {
        let start = Instant::now();
        vectors.compact(&scope, &space()).await.unwrap();
        println!("{passages} passages, {again}: {:.1?}", start.elapsed());
    }
    searches(&format!("{passages} passages, compacted"), &vectors, &scope).await;
    let (document, all) = document(&mut random);
    vectors
        .replace(&scope, &space(), document, all)
        .await
        .unwrap();
    searches(
        &format!("{passages} passages, one document more"),
        &vectors,
        &scope,
    )
    .await;
    let start = Instant::now();
    vectors.remove(&scope, document).await.unwrap();
    println!(
        "{passages} passages, removing a document: {:.1?}",
        start.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn a_thousand_passages() {
    measure(1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn twenty_thousand_passages() {
    measure(20_000).await;
}
