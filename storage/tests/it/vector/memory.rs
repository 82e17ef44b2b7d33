//! Small tables in memory: what they find is what LanceDB finds, and never of an older version.

use std::{collections::BTreeMap, fs, path::Path};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use wafaa_domain::{ChunkId, DocumentId, TenantScope};
use wafaa_storage::vector::{Candidate, Passage, Query, Vectors};

use super::{found, passage, space, tenant, words};

/// Passages of some of fifty terms, rarer ones more rarely, and vectors all around.
fn passages(random: &mut StdRng, document: DocumentId, number: usize) -> Vec<Passage> {
    let one = |_| {
        let length = random.random_range(1..30);
        let terms: Vec<String> = (0..length)
            .map(|_| {
                let most = random.random_range(1..=50);
                format!("t{}", random.random_range(0..most))
            })
            .collect();
        let vector = [(); 3].map(|()| random.random_range(-1.0..1.0));
        passage(document, 1, &terms.join(" "), vector)
    };
    (0..number).map(one).collect()
}

fn scores(found: &[Candidate]) -> BTreeMap<ChunkId, (f32, Option<f32>)> {
    let score = |one: &Candidate| (one.passage.id, (one.cosine.unwrap_or(0.0), one.bm25));
    found.iter().map(score).collect()
}

async fn open(place: &Path) -> Vectors {
    Vectors::open(place.to_str().unwrap()).await.unwrap()
}

/// What is found in memory: the first question of a version is answered by LanceDB.
async fn in_memory(vectors: &Vectors, scope: &TenantScope, query: Query<'_>) -> Vec<Candidate> {
    found(vectors, scope, query).await;
    found(vectors, scope, query).await
}

#[tokio::test]
async fn a_table_in_memory_finds_what_lancedb_finds_with_the_same_scores() {
    let directory = tempfile::tempdir().unwrap();
    let seed = rand::random();
    println!("seed {seed}");
    let random = &mut StdRng::seed_from_u64(seed);
    let kept = open(directory.path()).await;
    let (scope, document) = (tenant(), DocumentId::new());
    let all = passages(random, document, 200);
    kept.replace(&scope, &space(), document, all).await.unwrap();

    for terms in ["t0", "t1 t7 t1", "t3 t40 t49", "unknown t12", "unknown", ""] {
        let vector = [(); 3].map(|()| random.random_range(-1.0..1.0));
        for limit in [7, 1_000] {
            let query = Query {
                vector: Some(&vector),
                terms,
                limit,
            };
            let fresh = open(directory.path()).await;
            let lance = scores(&found(&fresh, &scope, query).await);
            let memory = scores(&in_memory(&kept, &scope, query).await);
            if limit == 1_000 {
                assert_eq!(lance.len(), 200);
                assert!(memory.keys().eq(lance.keys()), "{terms}");
            }
            for (id, (cosine, bm25)) in &memory {
                // At the edge of the best few, one of equals may be left out.
                let Some((expected, words)) = lance.get(id) else {
                    continue;
                };
                assert!((cosine - expected).abs() < 1e-5, "{terms}");
                if let (Some(bm25), Some(words)) = (bm25, words) {
                    assert!((bm25 - words).abs() < 1e-4, "{terms}: {bm25} {words}");
                }
            }
            let mut best = [&lance, &memory].map(|found| {
                let mut scores: Vec<f32> = found.values().filter_map(|(_, bm25)| *bm25).collect();
                scores.sort_by(f32::total_cmp);
                scores.into_iter()
            });
            let [lance, memory] = &mut best;
            assert_eq!(lance.len(), memory.len(), "{terms}");
            assert!(
                lance.zip(memory).all(|(a, b)| (a - b).abs() < 1e-4),
                "{terms}"
            );
        }
    }
}

/// Moves the rows of all tables away, so that nothing can be read of them.
fn hide_rows(place: &Path) {
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() == "data" {
            fs::rename(&path, path.with_file_name("hidden")).unwrap();
        } else if path.is_dir() {
            hide_rows(&path);
        }
    }
}

#[tokio::test]
async fn the_third_question_reads_no_rows() {
    let directory = tempfile::tempdir().unwrap();
    let kept = open(directory.path()).await;
    let (scope, document) = (tenant(), DocumentId::new());
    let all = vec![passage(document, 1, "tea", [1.0, 0.0, 0.0])];
    kept.replace(&scope, &space(), document, all).await.unwrap();
    in_memory(&kept, &scope, words("tea")).await;
    hide_rows(directory.path());
    assert_eq!(found(&kept, &scope, words("tea")).await.len(), 1);
    let fresh = open(directory.path()).await;
    let read = fresh.search(&scope, &space(), &words("tea")).await;
    assert!(read.is_err(), "they were still there");
}

#[tokio::test]
async fn a_copy_is_never_older_than_the_table() {
    let (directory, scope) = (tempfile::tempdir().unwrap(), tenant());
    let kept = open(directory.path()).await;
    let (first, second) = (DocumentId::new(), DocumentId::new());
    for document in [first, second] {
        let all = vec![passage(document, 1, "tea", [1.0, 0.0, 0.0])];
        kept.replace(&scope, &space(), document, all).await.unwrap();
    }
    assert_eq!(in_memory(&kept, &scope, words("tea")).await.len(), 2);
    kept.remove(&scope, first).await.unwrap();
    for _ in 0..3 {
        let left = found(&kept, &scope, words("tea")).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].passage.document, second);
    }
    kept.remove_tenant(&scope).await.unwrap();
    assert!(found(&kept, &scope, words("tea")).await.is_empty());

    // The table made anew counts its versions from one again.
    let third = DocumentId::new();
    let all = vec![passage(third, 1, "tea", [1.0, 0.0, 0.0])];
    kept.replace(&scope, &space(), third, all).await.unwrap();
    for _ in 0..3 {
        let found = found(&kept, &scope, words("tea")).await;
        assert_eq!(found[0].passage.document, third);
    }
}
