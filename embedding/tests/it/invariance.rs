//! A vector depends on its text and on nothing else, to the last bit.

use wafaa_embedding::Engine;

use crate::{ENGINE, fixture, texts};

fn alone() -> Vec<Vec<f32>> {
    texts()
        .iter()
        .map(|text| ENGINE.embed_query(text).expect("embedded"))
        .collect()
}

#[test]
fn of_the_batch_and_its_order() {
    let (texts, expected) = (texts(), alone());
    assert_eq!(ENGINE.embed_batch(&texts).expect("embedded"), expected);

    let reversed: Vec<&String> = texts.iter().rev().collect();
    let mut found = ENGINE.embed_batch(&reversed).expect("embedded");
    found.reverse();
    assert_eq!(found, expected);

    for size in [2, 3, 7] {
        let found: Vec<_> = texts
            .chunks(size)
            .flat_map(|chunk| ENGINE.embed_batch(chunk).expect("embedded"))
            .collect();
        assert_eq!(found, expected, "batches of {size}");
    }
}

#[test]
fn of_the_company_of_copies() {
    let text = "Exactly the same text, many times over.";
    let expected = ENGINE.embed_query(text).expect("embedded");
    for vector in ENGINE.embed_batch(&[text; 100]).expect("embedded") {
        assert_eq!(vector, expected);
    }
}

#[test]
fn of_the_number_of_threads() {
    let (texts, expected) = (texts(), alone());
    for threads in [0, 1, 5] {
        let engine = Engine::load(&fixture::model_dir(), threads).expect("the model loads");
        assert_eq!(engine.embed_batch(&texts).expect("embedded"), expected);
    }
}

#[test]
fn no_texts_no_vectors() {
    let none: [&str; 0] = [];
    assert!(ENGINE.embed_batch(&none).expect("embedded").is_empty());
}

#[test]
fn text_beyond_the_limit_is_cut() {
    let long = "concierge ".repeat(400);
    let cut = "concierge ".repeat(254);
    assert!(ENGINE.tokenizer().count(&cut) >= 254);
    assert_eq!(
        ENGINE.embed_query(&long).expect("embedded"),
        ENGINE.embed_query(&cut).expect("embedded")
    );
}
