//! Vectors: one commit per document, separate per tenant, found by meaning and by words.

mod concurrency;
mod measure;
mod memory;
mod words;

use wafaa_domain::{Actor, ChunkId, DocumentId, SystemScope, TenantId, TenantScope};
use wafaa_storage::vector::{Candidate, Error, Extent, Passage, Query, Sentence, Space, Vectors};

fn tenant() -> TenantScope {
    let system = SystemScope::new("test");
    TenantScope::of_system(&system, TenantId::new(), Actor::CommandLine)
}

fn space() -> Space {
    Space {
        embedder: "test:three".into(),
        dimension: 3,
    }
}

async fn vectors() -> (tempfile::TempDir, Vectors) {
    let directory = tempfile::tempdir().unwrap();
    let vectors = Vectors::open(directory.path().to_str().unwrap())
        .await
        .unwrap();
    (directory, vectors)
}

fn passage(document: DocumentId, version: i32, terms: &str, vector: [f32; 3]) -> Passage {
    Passage {
        id: ChunkId::new(),
        document,
        version,
        ordinal: 0,
        page: Some(7),
        heading: "Menu › Mains".into(),
        text: "طبق فلافل, 32 SAR. Vegan.".into(),
        terms: terms.into(),
        language: "ar".into(),
        vector: vector.to_vec(),
        sentences: vec![Sentence {
            start: 0,
            end: 4,
            vector: vec![127, -127, 0],
        }],
    }
}

fn both<'a>(vector: &'a [f32], terms: &'a str) -> Query<'a> {
    Query {
        vector: Some(vector),
        terms,
        limit: 10,
    }
}

fn words(terms: &str) -> Query<'_> {
    Query {
        vector: None,
        terms,
        limit: 10,
    }
}

async fn found(vectors: &Vectors, scope: &TenantScope, query: Query<'_>) -> Vec<Candidate> {
    let mut found = vectors.search(scope, &space(), &query).await.unwrap();
    found.sort_by_key(|candidate| candidate.passage.id);
    found
}

#[tokio::test]
async fn a_passage_comes_back_as_it_was_stored_with_both_scores() {
    let (_directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    let one = passage(document, 1, "falafel plate", [2.0, 0.0, 0.0]);
    let two = passage(document, 1, "rice", [0.0, 1.0, 1.0]);
    let all = vec![one.clone(), two.clone()];
    vectors
        .replace(&scope, &space(), document, all)
        .await
        .unwrap();

    let found = found(
        &vectors,
        &scope,
        both(&[1.0, 1.0, 0.0], "plate falafel tea"),
    )
    .await;
    assert_eq!(found.len(), 2);
    let excerpt = &found[0].passage;
    assert_eq!(
        (excerpt.id, excerpt.document, excerpt.version),
        (one.id, document, 1)
    );
    assert_eq!((excerpt.page, excerpt.ordinal), (Some(7), 0));
    assert_eq!((&excerpt.heading, &excerpt.text), (&one.heading, &one.text));
    assert_eq!(
        (&excerpt.language, &excerpt.sentences),
        (&one.language, &one.sentences)
    );
    let cosines: Vec<f32> = found
        .iter()
        .filter_map(|candidate| candidate.cosine)
        .collect();
    assert!((cosines[0] - 0.5_f32.sqrt()).abs() < 1e-6 && (cosines[1] - 0.5).abs() < 1e-6);
    assert!(found[0].bm25.is_some_and(|score| score > 0.0));
    assert_eq!(found[1].bm25, None);
}

#[tokio::test]
async fn each_half_contributes_its_best_and_either_may_be_absent() {
    let (_directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    let near = passage(document, 1, "x", [1.0, 0.0, 0.0]);
    let named = passage(document, 1, "tea", [-1.0, 0.0, 0.0]);
    let other = passage(document, 1, "y", [0.0, 1.0, 0.0]);
    let all = vec![near.clone(), named.clone(), other];
    vectors
        .replace(&scope, &space(), document, all)
        .await
        .unwrap();

    let mut query = Query {
        limit: 1,
        ..both(&[1.0, 0.0, 0.0], "tea")
    };
    let ids = |found: Vec<Candidate>| found.iter().map(|c| c.passage.id).collect::<Vec<_>>();
    assert_eq!(
        ids(found(&vectors, &scope, query).await),
        [near.id, named.id]
    );
    query.terms = "  ";
    assert_eq!(ids(found(&vectors, &scope, query).await), [near.id]);
    let by_words = found(&vectors, &scope, words("tea")).await;
    assert_eq!(by_words[0].cosine, None);
    assert_eq!(ids(by_words), [named.id]);
    assert!(found(&vectors, &scope, words("")).await.is_empty());
    query.limit = 0;
    assert!(found(&vectors, &scope, query).await.is_empty());
}

#[tokio::test]
async fn a_new_version_takes_the_place_of_the_old_one() {
    let (_directory, vectors) = vectors().await;
    let (scope, document, other) = (tenant(), DocumentId::new(), DocumentId::new());
    let kept = passage(other, 1, "tea", [1.0, 0.0, 0.0]);
    vectors
        .replace(&scope, &space(), other, vec![kept])
        .await
        .unwrap();
    let old = ["tea", "rice", "bread"].map(|terms| passage(document, 1, terms, [1.0, 0.0, 0.0]));
    vectors
        .replace(&scope, &space(), document, old.to_vec())
        .await
        .unwrap();
    let new = ["tea", "salad"].map(|terms| passage(document, 2, terms, [0.0, 1.0, 0.0]));
    for _ in 0..2 {
        vectors
            .replace(&scope, &space(), document, new.to_vec())
            .await
            .unwrap();
        assert_eq!(vectors.count(&scope, &space()).await.unwrap(), 3);
        let found = found(
            &vectors,
            &scope,
            both(&[1.0, 0.0, 0.0], "tea rice bread salad"),
        )
        .await;
        assert_eq!(found.len(), 3);
        let current = |c: &Candidate| c.passage.document == other || c.passage.version == 2;
        assert!(found.iter().all(current));
    }
    vectors
        .replace(&scope, &space(), document, vec![])
        .await
        .unwrap();
    assert_eq!(vectors.count(&scope, &space()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_there_is_can_be_measured_without_opening_it_for_good() {
    let (directory, vectors) = vectors().await;
    let (scope, other) = (tenant(), tenant());
    let system = SystemScope::new("test");
    let nothing = vectors.extent(&system, other.tenant()).await.unwrap();
    assert_eq!(nothing, Extent::default());
    assert!(!directory.path().join(other.tenant().to_string()).exists());
    for n in 1..=3 {
        let document = DocumentId::new();
        let all = vec![passage(document, 1, "tea", [1.0, 0.0, 0.0])];
        vectors
            .replace(&scope, &space(), document, all)
            .await
            .unwrap();
        // By the handles that wrote, and by fresh ones.
        let reopened = Vectors::open(directory.path().to_str().unwrap())
            .await
            .unwrap();
        for vectors in [&vectors, &reopened] {
            let extent = vectors.extent(&system, scope.tenant()).await.unwrap();
            let counted = (extent.tables, extent.fragments, extent.most_fragments);
            assert_eq!(counted, (1, n, n));
            assert!(extent.bytes > 1_000, "{extent:?}");
        }
    }
}

#[tokio::test]
async fn a_removed_document_is_never_found_again() {
    let (_directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    vectors.remove(&scope, document).await.unwrap();
    let elsewhere = Space {
        embedder: "test:other".into(),
        ..space()
    };
    for space in [space(), elsewhere.clone()] {
        let all = vec![passage(document, 1, "tea", [1.0, 0.0, 0.0])];
        vectors
            .replace(&scope, &space, document, all)
            .await
            .unwrap();
    }
    for compacted in [false, true] {
        assert_eq!(
            found(&vectors, &scope, words("tea")).await.len(),
            usize::from(!compacted)
        );
        vectors.remove(&scope, document).await.unwrap();
        assert!(
            found(&vectors, &scope, both(&[1.0, 0.0, 0.0], "tea"))
                .await
                .is_empty()
        );
        assert_eq!(vectors.count(&scope, &elsewhere).await.unwrap(), 0);
        vectors.compact(&scope, &space()).await.unwrap();
    }
}

#[tokio::test]
async fn a_tenant_neither_sees_nor_changes_anothers_passages() {
    let (directory, vectors) = vectors().await;
    let (one, two, document) = (tenant(), tenant(), DocumentId::new());
    let query = both(&[1.0, 0.0, 0.0], "tea");
    let of_one = passage(document, 1, "tea", [1.0, 0.0, 0.0]);
    vectors
        .replace(&one, &space(), document, vec![of_one.clone()])
        .await
        .unwrap();
    assert!(found(&vectors, &two, query).await.is_empty());
    assert_eq!(vectors.count(&two, &space()).await.unwrap(), 0);
    assert!(
        !directory.path().join(two.tenant().to_string()).exists(),
        "asking creates nothing"
    );

    let of_two = passage(document, 1, "tea", [0.0, 1.0, 0.0]);
    vectors
        .replace(&two, &space(), document, vec![of_two])
        .await
        .unwrap();
    vectors.remove(&two, document).await.unwrap();
    vectors.remove_tenant(&two).await.unwrap();
    let found = found(&vectors, &one, query).await;
    assert_eq!(
        found.iter().map(|c| c.passage.id).collect::<Vec<_>>(),
        [of_one.id]
    );
}

#[tokio::test]
async fn an_erased_tenant_is_gone_and_may_begin_again() {
    let (directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    let query = both(&[1.0, 0.0, 0.0], "tea salad");
    vectors.remove_tenant(&scope).await.unwrap();
    for terms in ["tea", "salad"] {
        let all = vec![passage(document, 1, terms, [1.0, 0.0, 0.0])];
        vectors
            .replace(&scope, &space(), document, all.clone())
            .await
            .unwrap();
        let found_again = found(&vectors, &scope, query).await;
        assert_eq!(found_again.len(), 1);
        assert_eq!(found_again[0].passage.id, all[0].id);
        vectors.remove_tenant(&scope).await.unwrap();
        assert!(found(&vectors, &scope, query).await.is_empty());
        assert!(!directory.path().join(scope.tenant().to_string()).exists());
    }
}

#[tokio::test]
async fn what_does_not_fit_the_space_is_refused() {
    let (_directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    let fine = passage(document, 1, "tea", [1.0, 0.0, 0.0]);
    let refused = async |change: &dyn Fn(&mut Passage)| {
        let mut bad = fine.clone();
        change(&mut bad);
        let all = vec![fine.clone(), bad];
        vectors
            .replace(&scope, &space(), document, all)
            .await
            .unwrap_err()
    };
    let id = ChunkId::new();
    let short = |p: &mut Passage| (p.id, p.vector) = (id, vec![1.0]);
    assert!(matches!(
        refused(&short).await,
        Error::Dimension {
            expected: 3,
            found: 1
        }
    ));
    let nan = |p: &mut Passage| (p.id, p.vector) = (id, vec![1.0, f32::NAN, 0.0]);
    assert!(matches!(refused(&nan).await, Error::NotFinite));
    assert!(matches!(
        refused(&|p| p.document = DocumentId::new()).await,
        Error::Passage(_)
    ));
    assert!(matches!(
        refused(&|_| ()).await,
        Error::Passage("has the id of another one")
    ));
    let cut = |p: &mut Passage| (p.id, p.sentences[0].end) = (id, 1);
    assert!(
        matches!(refused(&cut).await, Error::Passage(_)),
        "ends within a letter"
    );
    let short = |p: &mut Passage| (p.id, p.sentences[0].vector) = (id, vec![]);
    assert!(matches!(refused(&short).await, Error::Dimension { .. }));
    assert_eq!(vectors.count(&scope, &space()).await.unwrap(), 0);

    for vector in [&[1.0, 0.0][..], &[f32::INFINITY, 0.0, 0.0]] {
        assert!(
            vectors
                .search(&scope, &space(), &both(vector, ""))
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_table_with_another_stamp_is_refused() {
    let (directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    let all = vec![passage(document, 1, "tea", [1.0, 0.0, 0.0])];
    let other = Space {
        embedder: "test:other".into(),
        ..space()
    };
    vectors
        .replace(&scope, &space(), document, all.clone())
        .await
        .unwrap();
    vectors
        .replace(&scope, &other, document, all)
        .await
        .unwrap();

    let mut tables: Vec<_> = std::fs::read_dir(directory.path().join(scope.tenant().to_string()))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    tables.sort(); // …other…, …three…
    std::fs::remove_dir_all(&tables[0]).unwrap();
    std::fs::rename(&tables[1], &tables[0]).unwrap();
    let vectors = Vectors::open(directory.path().to_str().unwrap())
        .await
        .unwrap();
    let error = vectors.count(&scope, &other).await.unwrap_err();
    assert!(matches!(error, Error::Stamp { .. }), "{error}");
}

/// Cuts the files of this kind short, as a full disk does.
fn cut_short(directory: &std::path::Path, extension: &str) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            cut_short(&path, extension);
        } else if path.extension().is_some_and(|found| found == extension) {
            std::fs::write(path, []).unwrap();
        }
    }
}

#[tokio::test]
async fn a_damaged_table_is_found_out_and_may_be_made_anew() {
    let (directory, vectors) = vectors().await;
    let scope = tenant();
    let (kept, changed) = (DocumentId::new(), DocumentId::new());
    assert!(!vectors.is_damaged(&scope, &space()).await, "there is none");
    let put = async |vectors: &Vectors, document, terms: &str| {
        let passages = vec![passage(document, 1, terms, [1.0, 0.0, 0.0])];
        vectors.replace(&scope, &space(), document, passages).await
    };
    put(&vectors, kept, "falafel").await.unwrap();
    put(&vectors, changed, "hummus").await.unwrap();
    // Both in one file, so that taking one away leaves a file that says so.
    vectors.compact(&scope, &space()).await.unwrap();
    vectors.remove(&scope, changed).await.unwrap();
    assert!(!vectors.is_damaged(&scope, &space()).await);
    assert!(!vectors.drop_damaged(&scope, &space()).await.unwrap());
    cut_short(directory.path(), "arrow");
    // Another process, which has read none of it.
    let vectors = Vectors::open(directory.path().to_str().unwrap())
        .await
        .unwrap();
    assert!(vectors.is_damaged(&scope, &space()).await);
    assert!(vectors.drop_damaged(&scope, &space()).await.unwrap());
    put(&vectors, changed, "tabbouleh").await.unwrap();
    let found = found(&vectors, &scope, both(&[1.0, 0.0, 0.0], "tabbouleh")).await;
    assert_eq!(found.len(), 1);
    assert!(!vectors.is_damaged(&scope, &space()).await);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_to_is_said_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Vectors::open(file.path().to_str().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Directory { .. }), "{error}");
}
