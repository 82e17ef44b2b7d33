//! Closeness to the `f32` definition.

use std::path::Path;

use wafaa_embedding::{DIMENSION, MODEL_SHA256, verify_model};

use crate::oracle::Oracle;
use crate::{ENGINE, fixture, texts};

/// Lowest cosine to the definition for a text of three tokens or more.
const LEAST_COSINE: f32 = 0.993;

/// The same for shorter texts, where no average evens out the rounding of the few activations there are: .9925 for
/// "?", .9935 for the empty text.
const LEAST_COSINE_OF_FRAGMENTS: f32 = 0.992;

#[test]
fn the_model_is_the_published_one() {
    verify_model(&fixture::model_dir()).expect(MODEL_SHA256);
}

#[test]
fn vectors_are_close_to_the_definition_and_of_length_one() {
    let mut texts = texts();
    texts.extend(naughty());
    let found = ENGINE.embed_batch(&texts).expect("embedded");
    let oracle = Oracle::load(&fixture::model_dir()).expect("the model loads");
    let (mut sum, mut count) = (0.0, 0.0);
    for (text, vector) in texts.iter().zip(&found) {
        assert_eq!(vector.len(), DIMENSION);
        assert!((dot(vector, vector) - 1.0).abs() < 1e-5, "{text:?}");
        let ids = ENGINE.tokenizer().encode(text);
        let cosine = dot(vector, &oracle.embed(&ids).expect("computed"));
        if ids.len() < 5 {
            assert!(cosine >= LEAST_COSINE_OF_FRAGMENTS, "{cosine}, {text:?}");
        } else {
            assert!(cosine >= LEAST_COSINE, "{cosine} for {text:?}");
            sum += cosine;
            count += 1.0;
        }
    }
    assert!(sum / count >= 0.998, "mean cosine {}", sum / count);
}

#[test]
fn related_texts_are_nearer_than_unrelated_ones() {
    let embed = |text| ENGINE.embed_query(text).expect("embedded");
    let question = embed("When does the shop open?");
    let answer = embed("Our store opens at nine in the morning.");
    let other = embed("The mitochondrion is the powerhouse of the cell.");
    assert!(dot(&question, &answer) > dot(&question, &other) + 0.3);
}

/// A third of the "big list of naughty strings" (`docs/text/blns.txt`, one a line with `#` comments) if
/// `WAFAA_EVAL_DIR` has it: it is not part of the repository.
#[expect(clippy::print_stderr, reason = "says which part of a test was skipped")]
fn naughty() -> Vec<String> {
    let list = std::env::var_os("WAFAA_EVAL_DIR")
        .map(|dir| Path::new(&dir).join("docs/text/blns.txt"))
        .and_then(|path| std::fs::read_to_string(path).ok());
    let Some(list) = list else {
        eprintln!("no list of naughty strings in WAFAA_EVAL_DIR: skipped");
        return Vec::new();
    };
    let lines = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.step_by(3).map(str::to_owned).collect()
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}
