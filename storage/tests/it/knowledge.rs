//! The chunks of a version, and the vectors kept by content.

use std::collections::HashSet;

use wafaa_domain::{ChunkId, DocumentId, TenantScope};
use wafaa_storage::{
    Database,
    chunk::{self, Chunk},
    document,
    embedding::{self, Embedding},
};

use crate::database::{document as add, on_each_database, read, tenant, write};

on_each_database!(
    a_chunk_reads_back_as_it_was_stored,
    chunks_replace_those_of_an_earlier_attempt,
    chunks_are_read_by_range_and_by_page,
    only_the_kept_version_has_chunks,
    vectors_are_known_and_loaded_by_content_and_embedder,
    vectors_that_are_there_stay,
    vectors_without_a_chunk_are_purged,
    more_vectors_than_one_query_takes,
);

/// A chunk whose content hash begins with its ordinal.
pub(crate) fn passage(ordinal: i32, text: &str) -> Chunk {
    Chunk {
        id: ChunkId::new(),
        ordinal,
        page: None,
        heading: Vec::new(),
        text: text.into(),
        language: "en".into(),
        span: 0..100,
        tokens: 9,
        sentences: Vec::new(),
        content_hash: hash(ordinal),
    }
}

pub(crate) fn hash(n: i32) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&n.to_be_bytes());
    hash
}

pub(crate) fn embedding(n: i32) -> Embedding {
    Embedding {
        content_hash: hash(n),
        vector: vec![0.25, -1.5, f32::MIN_POSITIVE],
        sentences: vec![-127, 0, 127],
    }
}

async fn replace(
    db: &Database,
    scope: TenantScope,
    id: DocumentId,
    version: i32,
    chunks: &[Chunk],
) {
    write(db, scope, async |tx| {
        chunk::replace(tx, id, version, chunks).await
    })
    .await
    .unwrap();
}

async fn texts(db: &Database, scope: TenantScope, id: DocumentId, version: i32) -> Vec<String> {
    let chunks = read(db, scope, async |tx| {
        chunk::range(tx, id, version, 0..i32::MAX).await
    });
    let chunks = chunks.await.unwrap();
    chunks.into_iter().map(|chunk| chunk.text).collect()
}

async fn keep(db: &Database, scope: TenantScope, embedder: &str, embeddings: &[Embedding]) {
    write(db, scope, async |tx| {
        embedding::keep(tx, embedder, embeddings).await
    })
    .await
    .unwrap();
}

async fn known(
    db: &Database,
    scope: TenantScope,
    embedder: &str,
    hashes: &[[u8; 32]],
) -> HashSet<[u8; 32]> {
    read(db, scope, async |tx| {
        embedding::known(tx, embedder, hashes).await
    })
    .await
    .unwrap()
}

async fn a_chunk_reads_back_as_it_was_stored(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    let chunk = Chunk {
        page: Some(3),
        heading: vec!["Menu".into(), "مشروبات".into()],
        text: "شاي بالنعناع، ٥ ريال. Mint tea.".into(),
        language: "ar".into(),
        span: 4_294_967_296..4_294_967_400,
        sentences: vec![0..20, 20..31],
        ..passage(0, "")
    };
    replace(&db, scope, id, 1, std::slice::from_ref(&chunk)).await;
    let found = read(&db, scope, async |tx| chunk::range(tx, id, 1, 0..1).await).await;
    assert_eq!(format!("{:?}", found.unwrap()), format!("{:?}", [chunk]));
}

async fn chunks_replace_those_of_an_earlier_attempt(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (id, other) = (add(&db, scope, 1).await.id, add(&db, scope, 2).await.id);
    replace(&db, scope, other, 1, &[passage(0, "other")]).await;
    replace(&db, scope, id, 2, &[passage(0, "version two")]).await;
    replace(&db, scope, id, 1, &[passage(0, "one"), passage(1, "two")]).await;
    replace(&db, scope, id, 1, &[passage(0, "three")]).await;
    assert_eq!(texts(&db, scope, id, 1).await, ["three"]);
    assert_eq!(texts(&db, scope, id, 2).await, ["version two"]);
    assert_eq!(texts(&db, scope, other, 1).await, ["other"]);
    replace(&db, scope, id, 1, &[]).await;
    assert_eq!(texts(&db, scope, id, 1).await, Vec::<String>::new());
}

async fn chunks_are_read_by_range_and_by_page(db: Database) {
    const MANY: i32 = 1_201;
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    // More than one INSERT takes, and not in order.
    let chunks: Vec<_> = (0..MANY).rev().map(|n| passage(n, "text")).collect();
    replace(&db, scope, id, 1, &chunks).await;
    read(&db, scope, async |tx| {
        let ordinals =
            |chunks: Vec<Chunk>| chunks.iter().map(|chunk| chunk.ordinal).collect::<Vec<_>>();
        let range = chunk::range(tx, id, 1, 10..13).await?;
        assert_eq!(ordinals(range), [10, 11, 12]);
        let all = chunk::range(tx, id, 1, 0..i32::MAX).await?;
        assert_eq!(ordinals(all), (0..MANY).collect::<Vec<_>>());
        let first = chunk::list(tx, id, 1, None, 2).await?;
        assert!(first.more && ordinals(first.rows) == [0, 1]);
        let last = chunk::list(tx, id, 1, Some(MANY - 3), 2).await?;
        assert!(!last.more && ordinals(last.rows) == [MANY - 2, MANY - 1]);
        Ok(())
    })
    .await
    .unwrap();
}

async fn only_the_kept_version_has_chunks(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (id, other) = (add(&db, scope, 1).await.id, add(&db, scope, 2).await.id);
    for version in 1..=3 {
        replace(&db, scope, id, version, &[passage(0, "of the document")]).await;
    }
    replace(&db, scope, other, 1, &[passage(0, "other")]).await;
    write(&db, scope, async |tx| chunk::remove_others(tx, id, 2).await)
        .await
        .unwrap();
    let mut left = Vec::new();
    for version in 1..=3 {
        left.push(texts(&db, scope, id, version).await.len());
    }
    assert_eq!(left, [0, 1, 0]);
    assert_eq!(texts(&db, scope, other, 1).await, ["other"]);
}

async fn vectors_are_known_and_loaded_by_content_and_embedder(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    keep(&db, scope, "small", &[embedding(1), embedding(2)]).await;
    keep(&db, scope, "large", &[embedding(3)]).await;
    let asked = [hash(1), hash(3), hash(4)];
    assert_eq!(
        known(&db, scope, "small", &asked).await,
        HashSet::from([hash(1)])
    );
    assert!(known(&db, scope, "small", &[]).await.is_empty());
    let loaded = read(&db, scope, async |tx| {
        embedding::load(tx, "small", &asked).await
    });
    let loaded = loaded.await.unwrap();
    assert_eq!(loaded.len(), 1);
    assert_eq!(
        format!("{:?}", loaded[&hash(1)]),
        format!("{:?}", embedding(1))
    );
}

async fn vectors_that_are_there_stay(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    keep(&db, scope, "small", &[embedding(1)]).await;
    let other = |n| Embedding {
        vector: vec![9.0],
        ..embedding(n)
    };
    keep(&db, scope, "small", &[other(1)]).await;
    keep(&db, scope, "small", &[other(1), other(2), other(2)]).await;
    keep(&db, scope, "small", &[]).await;
    let loaded = read(&db, scope, async |tx| {
        embedding::load(tx, "small", &[hash(1), hash(2)]).await
    });
    let loaded = loaded.await.unwrap();
    assert_eq!(loaded[&hash(1)].vector, embedding(1).vector);
    assert_eq!(loaded[&hash(2)].vector, [9.0]);
}

async fn vectors_without_a_chunk_are_purged(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    replace(&db, scope, id, 1, &[passage(1, "one"), passage(2, "two")]).await;
    keep(&db, scope, "small", &[1, 2, 3].map(embedding)).await;
    keep(&db, scope, "large", &[embedding(1), embedding(4)]).await;
    let purge = async || {
        write(&db, scope, async |tx| embedding::purge(tx).await)
            .await
            .unwrap()
    };
    assert_eq!((purge().await, purge().await), (2, 0));
    let asked = [1, 2, 3, 4].map(hash);
    assert_eq!(known(&db, scope, "small", &asked).await.len(), 2);
    write(&db, scope, async |tx| {
        document::delete(tx, id).await?;
        document::erase(tx, id).await
    })
    .await
    .unwrap();
    assert_eq!(purge().await, 3);
    assert!(known(&db, scope, "large", &asked).await.is_empty());
}

async fn more_vectors_than_one_query_takes(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let embeddings: Vec<_> = (0..2_500).map(embedding).collect();
    let hashes: Vec<_> = (0..2_600).map(hash).collect();
    keep(&db, scope, "small", &embeddings).await;
    assert_eq!(known(&db, scope, "small", &hashes).await.len(), 2_500);
    let loaded = read(&db, scope, async |tx| {
        embedding::load(tx, "small", &hashes).await
    });
    assert_eq!(loaded.await.unwrap().len(), 2_500);
}
