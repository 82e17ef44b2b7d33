//! Closeness to the `f32` definition.

use std::path::Path;

use rten_gemm::GemmExecutor;
use wafaa_embedding::{DIMENSION, MODEL_SHA256, verify_model};

use crate::oracle::Oracle;
use crate::{ENGINE, fixture, texts};

/// Cosines to the definition.
struct Closeness {
    /// Lowest for a text of three tokens or more.
    least: f32,
    /// Lowest for shorter texts, where no average evens out the rounding of the few activations there are.
    least_of_fragments: f32,
    /// Mean of the texts of three tokens or more.
    mean: f32,
}

/// With eight bits for weights; found are .9925 for "?" and .9935 for the empty text.
const FULL: Closeness = Closeness {
    least: 0.993,
    least_of_fragments: 0.992,
    mean: 0.998,
};

/// With the seven bits that processors get whose products of bytes could overflow; found on AVX2 are .9836 for an Arabic
/// paragraph, .9838 for "?", .9897 for the empty text and .9968 in the mean.
const REDUCED: Closeness = Closeness {
    least: 0.98,
    least_of_fragments: 0.98,
    mean: 0.996,
};

/// What the engine's own product of bytes says of this processor.
fn wanted() -> Closeness {
    if GemmExecutor::<u8, i8, i32>::default().may_saturate() {
        REDUCED
    } else {
        FULL
    }
}

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
    let wanted = wanted();
    let (mut sum, mut count) = (0.0, 0.0);
    for (text, vector) in texts.iter().zip(&found) {
        assert_eq!(vector.len(), DIMENSION);
        assert!((dot(vector, vector) - 1.0).abs() < 1e-5, "{text:?}");
        let ids = ENGINE.tokenizer().encode(text);
        let cosine = dot(vector, &oracle.embed(&ids).expect("computed"));
        if ids.len() < 5 {
            assert!(cosine >= wanted.least_of_fragments, "{cosine}, {text:?}");
        } else {
            assert!(cosine >= wanted.least, "{cosine} for {text:?}");
            sum += cosine;
            count += 1.0;
        }
    }
    assert!(sum / count >= wanted.mean, "mean cosine {}", sum / count);
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
