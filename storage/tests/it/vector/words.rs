//! Full text: our analysis, and BM25 as the books have it.

use std::collections::BTreeMap;

use wafaa_domain::{ChunkId, DocumentId};
use wafaa_storage::vector::{Passage, Query};

use super::{found, passage, space, tenant, vectors, words};

#[tokio::test]
async fn terms_are_taken_as_they_are() {
    let (_directory, vectors) = vectors().await;
    let (scope, document) = (tenant(), DocumentId::new());
    let long = "ط".repeat(300);
    let terms = format!("The Running naïve فلافل wi-fi \"quoted\" {long}");
    let all = vec![passage(document, 1, &terms, [1.0, 0.0, 0.0])];
    vectors
        .replace(&scope, &space(), document, all)
        .await
        .unwrap();

    for compacted in [false, true] {
        for hit in [
            "The",
            "Running",
            "naïve",
            "فلافل",
            "wi-fi",
            "\"quoted\"",
            &long,
            "no فلافل",
        ] {
            assert_eq!(
                found(&vectors, &scope, words(hit)).await.len(),
                1,
                "{hit} {compacted}"
            );
        }
        for miss in ["the", "running", "Run", "naive", "wi", "فلاف", "quoted"] {
            assert!(
                found(&vectors, &scope, words(miss)).await.is_empty(),
                "{miss} {compacted}"
            );
        }
        vectors.compact(&scope, &space()).await.unwrap();
    }
}

/// BM25 of `query` in each of `texts`, with k1 1.2 and b 0.75 and the logarithm's argument kept above 1
/// (Robertson and Zaragoza 2009, as Lucene has it).
fn bm25(texts: &BTreeMap<ChunkId, String>, query: &str) -> BTreeMap<ChunkId, f32> {
    let count = |text: &str, word| text.split(' ').filter(|other| *other == word).count() as f32;
    let length = |text: &str| text.split(' ').count() as f32;
    let texts_count = texts.len() as f32;
    let average = texts.values().map(|text| length(text)).sum::<f32>() / texts_count;
    let score = |text: &str, word| {
        let having = texts
            .values()
            .filter(|text| count(text, word) > 0.0)
            .count() as f32;
        let rarity = (1.0 + (texts_count - having + 0.5) / (having + 0.5)).ln();
        let often = count(text, word);
        rarity * 2.2 * often / (often + 1.2 * (0.25 + 0.75 * length(text) / average))
    };
    texts
        .iter()
        .map(|(id, text)| (*id, query.split(' ').map(|word| score(text, word)).sum()))
        .filter(|(_, score)| *score > 0.0)
        .collect()
}

#[tokio::test]
async fn scores_are_those_of_the_books_whatever_is_indexed_yet() {
    const QUERY: &str = "tea rice";
    let (_directory, vectors) = vectors().await;
    let scope = tenant();
    let mut texts = BTreeMap::new();
    let query = Query {
        limit: 100,
        ..words(QUERY)
    };
    let mut worst = BTreeMap::new();
    for (batch, compact_after) in [("first", true), ("second", true), ("third", false)] {
        for number in 0..20 {
            let document = DocumentId::new();
            let rare = if number < 2 { "tea tea" } else { "salt" };
            let terms = format!(
                "{rare} rice bread {}",
                "and more ".repeat(number).trim_end()
            );
            let passage: Passage = passage(document, 1, terms.trim_end(), [1.0, 0.0, 0.0]);
            texts.insert(passage.id, passage.terms.clone());
            vectors
                .replace(&scope, &space(), document, vec![passage])
                .await
                .unwrap();
        }
        for state in ["before", "after"] {
            let expected = bm25(&texts, QUERY);
            let found = found(&vectors, &scope, query).await;
            assert_eq!(found.len(), expected.len());
            for candidate in found {
                let (got, want) = (candidate.bm25.unwrap(), expected[&candidate.passage.id]);
                let off = worst.entry(format!("{batch}, {state}")).or_insert(0.0_f32);
                *off = off.max((got / want - 1.0).abs());
            }
            if !compact_after {
                break;
            }
            vectors.compact(&scope, &space()).await.unwrap();
        }
    }
    assert!(
        worst.values().all(|off| *off < 0.03),
        "relative errors: {worst:?}"
    );
}
