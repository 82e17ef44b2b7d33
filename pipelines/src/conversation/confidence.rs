//! How likely the best passage answers the question.
//!
//! A logistic model over what ranking knows, fitted by `tests/it/retrieve/calibrate.rs` on questions of which
//! about half have no answer in the index. Where cosines mean nothing (Arabic with the built-in
//! model) a second model goes by words alone. A bot's default threshold was chosen by the curve in `docs/benchmarks.md`.

use std::collections::HashSet;

use super::rank::{Ranked, coverage};
use crate::knowledge::analyse::{self, Query};

/// What the confidence rests on, about the best passage.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// The share of the question's words it has, weighted by rarity: the share of the ideal BM25.
    pub coverage: f32,
    /// BM25, as ln(1 + score): its scale grows with the collection.
    pub bm25: f32,
    /// The cosine of its best sentence.
    pub sentence: f32,
    /// The cosine of the passage.
    pub passage: f32,
    /// How far it is ahead of the second, as a share of its own score.
    pub margin: f32,
    /// The share of the question's words that its best single sentence has, as `coverage`.
    pub focus: f32,
    /// The share of the question's letters it has, three in a row.
    pub letters: f32,
    /// The cosine of its nearest heading; 0 without one.
    pub heading: f32,
    /// How much cosines count, 0 to 1.
    pub dense: f32,
}

/// Weights in the order of [`Features::values`], the intercept first.
type Model = [f32; 9];

/// For languages the embedder reads: questions to the demo businesses (AUROC .986 by themselves) and the COVID
/// FAQ with a bank's customers' questions among those without an answer (.95), half and half.
const WITH_COSINES: Model = [-6.43, 2.23, 0.48, 1.55, 2.50, 2.61, 1.76, 0.38, 3.22];

/// For those it doesn't: the demo's Arabic questions (AUROC 1 of 27), XQuAD de and es (.94, .95), ARCD (.74, where
/// every wrong paragraph is of the right article) and the COVID FAQ in Arabic (.72).
const WORDS_ONLY: Model = [-5.84, 1.19, 0.91, 0.0, 0.0, 3.13, 0.40, 3.21, 0.0];

impl Features {
    pub(super) fn of(query: &Query, rarity: &[f32], passages: &[Ranked]) -> Self {
        let Some(first) = passages.first() else {
            return Self::default();
        };
        let second = passages.get(1).map_or(0.0, |second| second.fused);
        let evidence = &first.evidence;
        Self {
            coverage: evidence.coverage,
            bm25: evidence.bm25.max(0.0).ln_1p(),
            sentence: evidence.sentence,
            passage: evidence.passage,
            margin: if first.fused > 0.0 {
                (first.fused - second) / first.fused
            } else {
                0.0
            },
            focus: focus(query, rarity, first),
            letters: evidence.letters_share,
            heading: evidence.heading,
            dense: first.dense,
        }
    }

    /// The model's inputs.
    pub const fn values(&self) -> [f32; 8] {
        [
            self.coverage,
            self.bm25,
            self.sentence,
            self.passage,
            self.margin,
            self.focus,
            self.letters,
            self.heading,
        ]
    }
}

/// The largest share of the question's words that one sentence of the passage has.
fn focus(query: &Query, rarity: &[f32], passage: &Ranked) -> f32 {
    let language = &passage.candidate.passage.language;
    let shares = passage.sentences.iter().map(|sentence| {
        let terms = analyse::terms(passage.text_of(sentence), language);
        let terms: HashSet<&str> = terms.split(' ').collect();
        coverage(query, rarity, |term| terms.contains(term))
    });
    shares.fold(0.0, f32::max)
}

/// The probability that the best passage answers; 0 where there is none.
pub(super) fn of(features: &Features) -> f32 {
    if *features == Features::default() {
        return 0.0;
    }
    let with = probability(&WITH_COSINES, features);
    let without = probability(&WORDS_ONLY, features);
    features.dense.mul_add(with - without, without)
}

fn probability(model: &Model, features: &Features) -> f32 {
    let [intercept, weights @ ..] = model;
    let z: f32 = weights
        .iter()
        .zip(features.values())
        .map(|(weight, value)| weight * value)
        .sum();
    1.0 / (1.0 + (-(intercept + z)).exp())
}
