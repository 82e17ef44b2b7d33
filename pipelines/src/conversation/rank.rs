//! The order of passages: BM25 plus the cosines of the passage and of its best single sentence.
//!
//! Scores are fused, not ranks: reciprocal ranks lose five points of R@1 to plain BM25, where this fusion
//! gains five (`ENGINES.md` §2, SQuAD). Pure functions over candidates; no I/O.

use std::{cmp::Ordering, collections::HashSet, ops::Range};

use wafaa_storage::vector::Candidate;

use super::confidence::{self, Features};
use crate::knowledge::{
    analyse::{self, Query},
    embed::SENTENCE_SCALE,
};

/// BM25 points that a cosine of one is worth where the embedder reads the language (`ENGINES.md` §2).
const DENSE_WEIGHT: f32 = 20.0;

/// The same for languages that the English model half reads through shared words. XQuAD R@1, by
/// `tests/it/retrieve/measure.rs`: de .906 (BM25 alone .885), es .928 (.924).
const KINDRED_WEIGHT: f32 = 10.0;

/// What is left of the rarity of a word like "dishes" or "options".
const GENERIC_SHARE: f32 = 0.2;

/// How much a language's cosines count, by embedder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// The built-in model: full for English, little for its kin, nothing for the rest (XQuAD-ar R@1
    /// .008; on ARCD every weight above nothing costs).
    English,
    /// A configured model, taken to read every language.
    Multilingual,
}

impl Weights {
    /// BM25 points for a cosine of one, between a question and a passage in these languages.
    fn between(self, question: Option<&str>, passage: &str) -> f32 {
        self.of(question.unwrap_or(passage)).min(self.of(passage))
    }

    pub(super) fn of(self, language: &str) -> f32 {
        match (self, language) {
            (Self::Multilingual, _) | (Self::English, "en") => DENSE_WEIGHT,
            (
                Self::English,
                "de" | "es" | "fr" | "it" | "pt" | "nl" | "sv" | "da" | "no" | "ro",
            ) => KINDRED_WEIGHT,
            (Self::English, _) => 0.0,
        }
    }
}

/// The passages for a question, best first.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Without those that say nothing new.
    pub passages: Vec<Ranked>,
    /// How rare each of the question's words is among the candidates, in nats; one nobody has is rarest.
    pub rarity: Vec<f32>,
    /// The probability, 0 to 1, that the first passage answers.
    pub confidence: f32,
    /// What the confidence rests on.
    pub features: Features,
}

/// A candidate with its scores.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// As it was found.
    pub candidate: Candidate,
    /// What the order is by: BM25 points.
    pub fused: f32,
    /// Its sentences, in order.
    pub sentences: Vec<ScoredSentence>,
    /// The share of the question that the passage's words cover, weighted by rarity, 0 to 1.
    pub coverage: f32,
    /// How much cosines count for it, 0 to 1.
    pub dense: f32,
}

/// A sentence of a passage.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredSentence {
    /// Its bytes in the passage's text.
    pub range: Range<usize>,
    /// The cosine with the question; 0 without a vector.
    pub cosine: f32,
}

impl Ranked {
    /// The sentence closest to the question.
    pub fn best_sentence(&self) -> Option<&ScoredSentence> {
        self.sentences
            .iter()
            .max_by(|a, b| a.cosine.total_cmp(&b.cosine))
    }

    pub(super) fn text_of(&self, sentence: &ScoredSentence) -> &str {
        self.candidate
            .passage
            .text
            .get(sentence.range.clone())
            .unwrap_or_default()
    }

    fn terms(&self) -> HashSet<String> {
        let passage = &self.candidate.passage;
        let text = format!("{}\n{}", passage.heading, passage.text);
        analyse::terms(&text, &passage.language)
            .split(' ')
            .map(str::to_owned)
            .collect()
    }
}

/// Ranks `candidates` for a question with this `vector`.
pub fn rank(
    query: &Query,
    vector: Option<&[f32]>,
    weights: Weights,
    candidates: Vec<Candidate>,
) -> Ranking {
    let mut passages: Vec<Ranked> = candidates
        .into_iter()
        .map(|candidate| score(query, vector, weights, candidate))
        .collect();
    let terms: Vec<HashSet<String>> = passages.iter().map(Ranked::terms).collect();
    let rarity = rarity(query, &terms);
    for (passage, terms) in passages.iter_mut().zip(&terms) {
        passage.coverage = coverage(query, &rarity, |term| terms.contains(term));
    }
    passages.sort_by(order);
    let passages = without_repetitions(passages);
    let features = Features::of(&passages);
    Ranking {
        confidence: confidence::of(&features),
        passages,
        rarity,
        features,
    }
}

fn score(query: &Query, vector: Option<&[f32]>, weights: Weights, candidate: Candidate) -> Ranked {
    let sentences: Vec<ScoredSentence> = candidate
        .passage
        .sentences
        .iter()
        .map(|sentence| ScoredSentence {
            range: sentence.start as usize..sentence.end as usize,
            cosine: vector.map_or(0.0, |vector| sentence_cosine(vector, &sentence.vector)),
        })
        .collect();
    let best = sentences
        .iter()
        .map(|sentence| sentence.cosine)
        .fold(0.0, f32::max);
    let weight = weights.between(query.language, &candidate.passage.language);
    let dense = weight * f32::midpoint(candidate.cosine.unwrap_or(0.0), best);
    Ranked {
        fused: candidate.bm25.unwrap_or(0.0) + dense,
        candidate,
        sentences,
        coverage: 0.0,
        dense: weight / DENSE_WEIGHT,
    }
}

/// The cosine of a unit vector with a sentence's, which rounding has left slightly off length one.
fn sentence_cosine(question: &[f32], sentence: &[i8]) -> f32 {
    let dot: f32 = question
        .iter()
        .zip(sentence)
        .map(|(q, s)| q * f32::from(*s))
        .sum();
    let length = sentence
        .iter()
        .map(|s| f32::from(*s) * f32::from(*s))
        .sum::<f32>()
        .sqrt();
    if length > 0.5 * SENTENCE_SCALE {
        dot / length
    } else {
        0.0
    }
}

/// The rarity of each word among the candidates, as BM25 has it: ln(1 + (n − df + ½) / (df + ½)).
#[expect(clippy::cast_precision_loss, reason = "counts of candidates are small")]
fn rarity(query: &Query, passages: &[HashSet<String>]) -> Vec<f32> {
    let of = |word: &analyse::Word| {
        let has = |terms: &&HashSet<String>| word.terms.iter().any(|term| terms.contains(term));
        let found = passages.iter().filter(has).count() as f32;
        let rarity = ((passages.len() as f32 - found + 0.5) / (found + 0.5)).ln_1p();
        if word.is_generic {
            GENERIC_SHARE * rarity
        } else {
            rarity
        }
    };
    query.words.iter().map(of).collect()
}

/// The share of the question's words that `has`, weighted by rarity.
pub(super) fn coverage(query: &Query, rarity: &[f32], has: impl Fn(&str) -> bool) -> f32 {
    let total: f32 = rarity.iter().sum();
    let words = query.words.iter().zip(rarity);
    let found: f32 = words
        .filter(|(word, _)| word.terms.iter().any(|term| has(term)))
        .map(|(_, rarity)| rarity)
        .sum();
    if total > 0.0 { found / total } else { 0.0 }
}

/// Best first; among equals, the order of the document.
fn order(a: &Ranked, b: &Ranked) -> Ordering {
    let place = |ranked: &Ranked| {
        (
            ranked.candidate.passage.document,
            ranked.candidate.passage.ordinal,
        )
    };
    b.fused
        .total_cmp(&a.fused)
        .then_with(|| place(a).cmp(&place(b)))
}

/// Drops passages whose every sentence a better one has. Similar ones stay: two rows of a price list differ in
/// a number only.
fn without_repetitions(passages: Vec<Ranked>) -> Vec<Ranked> {
    let mut kept: Vec<(Ranked, HashSet<String>)> = Vec::with_capacity(passages.len());
    for passage in passages {
        let lines: HashSet<String> = passage
            .sentences
            .iter()
            .map(|sentence| {
                analyse::terms(
                    passage.text_of(sentence),
                    &passage.candidate.passage.language,
                )
            })
            .collect();
        let said = !lines.is_empty() && kept.iter().any(|(_, known)| lines.is_subset(known));
        if !said {
            kept.push((passage, lines));
        }
    }
    kept.into_iter().map(|(passage, _)| passage).collect()
}
