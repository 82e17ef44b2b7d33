//! Retrieval: what is found, what must not be, and how well on questions nobody here wrote.
//!
//! `measure` and `calibrate` are ignored by default; they print the figures behind the constants of
//! `conversation::rank` and `conversation::confidence`:
//! `cargo test -p wafaa-pipelines --test it -- --ignored --nocapture measure`

mod calibrate;
mod corpus;
mod demo;
mod measure;

use wafaa_domain::DocumentId;
use wafaa_pipelines::knowledge::block::Block;
use wafaa_storage::document;

use crate::{Library, table};

pub(crate) use corpus::{Article, squad};

fn menu() -> Vec<Block> {
    let mut blocks = vec![Block::heading(1, "Menu")];
    blocks.extend(table(
        &["Dish", "Diet", "Price"],
        &[
            &["Falafel plate", "vegan", "32 SAR"],
            &["Chicken shawarma", "meat", "38 SAR"],
            &["Lentil soup", "vegan", "18 SAR"],
        ],
    ));
    blocks
}

fn faq() -> Vec<Block> {
    vec![
        Block::heading(2, "Where do you deliver?"),
        Block::paragraph("We deliver within 8 km of every branch. Delivery is free from 150 SAR."),
        Block::heading(2, "Is there parking?"),
        Block::paragraph("Yes, guests park free of charge behind the restaurant."),
    ]
}

#[tokio::test]
async fn the_passage_that_answers_comes_first_with_its_place() {
    let library = Library::new().await;
    library.add("Menu", menu()).await;
    let id = library.add("FAQ", faq()).await;
    let hits = library
        .retriever()
        .search(&library.scope, "Can I leave my car somewhere?", 3)
        .await
        .unwrap();
    let first = &hits[0];
    assert_eq!(
        (
            first.document_id,
            first.title.as_str(),
            first.heading.as_str()
        ),
        (id, "FAQ", "Is there parking?")
    );
    assert!(
        hits.is_sorted_by(|a, b| a.score >= b.score)
            && hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score))
    );
    let (range, cosine) = first.best_sentence.clone().unwrap();
    assert_eq!(
        &first.text[range],
        "Yes, guests park free of charge behind the restaurant."
    );
    assert!(cosine > 0.2);
}

#[tokio::test]
async fn a_tenant_never_finds_anothers_passages() {
    let library = Library::new().await;
    library.add("FAQ", faq()).await;
    let stranger = library.of_another_tenant().await;
    let hits = library
        .retriever()
        .search(&stranger, "Where do you deliver?", 5)
        .await
        .unwrap();
    assert!(hits.is_empty(), "{hits:?}");
}

#[tokio::test]
async fn versions_that_do_not_answer_are_dropped() {
    let library = Library::new().await;
    let id: DocumentId = library.add("FAQ", faq()).await;
    let tx = library.db.write(library.scope).await.unwrap();
    document::delete(&tx, id).await.unwrap();
    tx.commit().await.unwrap();
    let hits = library
        .retriever()
        .search(&library.scope, "Where do you deliver?", 5)
        .await
        .unwrap();
    assert!(hits.is_empty(), "{hits:?}");
}

#[tokio::test]
async fn a_passage_that_only_repeats_another_is_left_out() {
    let library = Library::new().await;
    library.add("FAQ", faq()).await;
    library.add("FAQ copy", faq()).await;
    let hits = library
        .retriever()
        .search(&library.scope, "Where do you deliver?", 10)
        .await
        .unwrap();
    let texts: Vec<&str> = hits.iter().map(|hit| hit.text.as_str()).collect();
    assert_eq!(
        texts
            .iter()
            .filter(|text| text.contains("within 8 km"))
            .count(),
        1,
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_question_of_nothing_finds_nothing() {
    let library = Library::new().await;
    library.add("FAQ", faq()).await;
    for question in ["", "   ", "؟؟؟", "🙂"] {
        assert!(
            library
                .retriever()
                .search(&library.scope, question, 5)
                .await
                .unwrap()
                .is_empty()
        );
    }
}
