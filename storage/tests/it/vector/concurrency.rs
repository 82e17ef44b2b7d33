//! Several tasks and processes at one tenant's vectors.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use wafaa_domain::DocumentId;
use wafaa_storage::vector::Vectors;

use super::{both, found, passage, space, tenant, vectors};

#[tokio::test]
async fn another_process_sees_a_commit_soon() {
    let (directory, here) = vectors().await;
    let there = Vectors::open(directory.path().to_str().unwrap())
        .await
        .unwrap();
    let (scope, document) = (tenant(), DocumentId::new());
    let query = both(&[1.0, 0.0, 0.0], "tea");
    let all = vec![passage(document, 1, "tea", [1.0, 0.0, 0.0])];
    here.replace(&scope, &space(), document, all).await.unwrap();
    assert_eq!(found(&there, &scope, query).await.len(), 1);
    here.remove(&scope, document).await.unwrap();

    let gone = async {
        while !found(&there, &scope, query).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), gone)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_beside_writes_see_whole_versions_only() {
    const VERSIONS: i32 = 12;
    let (_directory, vectors) = vectors().await;
    let (scope, documents) = (
        tenant(),
        [DocumentId::new(), DocumentId::new(), DocumentId::new()],
    );
    let version = |document, version| {
        let one = |_| passage(document, version, "tea", [1.0, 0.0, 0.0]);
        (0..3).map(one).collect::<Vec<_>>()
    };
    for document in documents {
        vectors
            .replace(&scope, &space(), document, version(document, 0))
            .await
            .unwrap();
    }
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (vectors, done) = (vectors.clone(), done.clone());
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    let found = found(&vectors, &scope, both(&[1.0, 0.0, 0.0], "tea")).await;
                    assert_eq!(found.len(), 9);
                    let versions: BTreeSet<_> = found
                        .iter()
                        .map(|c| (c.passage.document, c.passage.version))
                        .collect();
                    assert_eq!(
                        versions.len(),
                        3,
                        "each document in one version: {versions:?}"
                    );
                }
            })
        })
        .collect();
    let writers = documents.map(|document| {
        let vectors = vectors.clone();
        async move {
            for number in 1..=VERSIONS {
                vectors
                    .replace(&scope, &space(), document, version(document, number))
                    .await
                    .unwrap();
                if number % 5 == 0 {
                    vectors.compact(&scope, &space()).await.unwrap();
                }
            }
        }
    });
    futures::future::join_all(writers).await;
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(vectors.count(&scope, &space()).await.unwrap(), 9);
}
