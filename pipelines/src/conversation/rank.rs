//! The order of passages: BM25 of words and of letters, plus the cosines of the passage, of its best single sentence
//! and of its heading.
//!
//! Scores are fused, not ranks: reciprocal ranks lose five points of R@1 to plain BM25, where this fusion
//! gains five (`docs/decisions/0002`, SQuAD). Pure functions over candidates; no I/O.

use std::{
    cmp::Ordering,
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::Range,
};

use wafaa_storage::vector::{Candidate, Sentence};

use super::{
    confidence::{self, Features},
    letters::{self, Letters},
};
use crate::knowledge::{
    analyse::{self, Query, Word},
    embed::SENTENCE_SCALE,
};

/// BM25 points that a cosine of one is worth where the embedder reads the language (`docs/decisions/0011`).
const DENSE_WEIGHT: f32 = 25.0;

/// The same for languages that the English model half reads through shared words. XQuAD R@1, by
/// `tests/it/retrieve/measure.rs`: de .911 (BM25 alone .888).
const KINDRED_WEIGHT: f32 = 12.0;

/// What BM25 of letters counts beside that of words: most where words are bent and compounded, and cosines can't
/// see it. R@1 with it and without: XQuAD de .934 and .908, es .941 and .929, ARCD .711 and .688; English FAQs don't
/// change.
const LETTERS_WEIGHT: f32 = 0.25;
const ENGLISH_LETTERS_WEIGHT: f32 = 0.1;

/// What a passage in other letters than the question's is worth beside one in the same: of a document in two
/// languages the customer is to read their own.
const FOREIGN: f32 = 0.8;

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
    /// What speaks for it.
    pub evidence: Evidence,
    /// What the order is by: BM25 points.
    pub fused: f32,
    /// Its sentences, in order.
    pub sentences: Vec<ScoredSentence>,
    /// How much cosines count for it, 0 to 1.
    pub dense: f32,
}

/// What speaks for a passage.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// BM25; 0 where full text did not find it.
    pub bm25: f32,
    /// BM25 of three letters in a row, among the candidates.
    pub letters: f32,
    /// The share of the question's letters it has, three in a row, weighted by rarity, 0 to 1.
    pub letters_share: f32,
    /// The cosine of the passage.
    pub passage: f32,
    /// The cosine of its best sentence.
    pub sentence: f32,
    /// The cosine of its nearest heading; 0 without one.
    pub heading: f32,
    /// The share of the question that the passage's words cover, weighted by rarity, 0 to 1.
    pub coverage: f32,
}

impl Evidence {
    /// The cosines together. A heading that is nearly the question says more than the passage below it or any
    /// of its sentences, and then stands for them: R@1 of the COVID FAQ .70 instead of .57.
    pub fn dense(&self) -> f32 {
        f32::midpoint(
            self.passage.max(self.heading),
            self.sentence.max(self.heading),
        )
    }

    /// BM25 points, where a cosine of one is worth `dense` of them and a point of letters `letters`.
    pub fn fused(&self, dense: f32, letters: f32) -> f32 {
        dense.mul_add(self.dense(), letters.mul_add(self.letters, self.bm25))
    }
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
}

/// Ranks `candidates` for a question with this `vector`.
pub fn rank(
    query: &Query,
    vector: Option<&[f32]>,
    weights: Weights,
    candidates: Vec<Candidate>,
) -> Ranking {
    let asked: HashSet<&str> = query.words.iter().flat_map(Word::terms).collect();
    let terms: Vec<HashSet<&str>> = candidates
        .iter()
        .map(|candidate| {
            let terms = candidate.passage.terms.split_whitespace();
            terms.filter_map(|term| asked.get(term).copied()).collect()
        })
        .collect();
    let letters = letters::count(query, candidates.iter().map(words));
    let mut passages: Vec<Ranked> = candidates
        .into_iter()
        .zip(letters)
        .map(|(candidate, letters)| score(query, vector, weights, candidate, letters))
        .collect();
    let rarity = rarity(query, &terms);
    for (passage, terms) in passages.iter_mut().zip(&terms) {
        passage.evidence.coverage = coverage(query, &rarity, |term| terms.contains(term));
    }
    passages.sort_by(order);
    let passages = without_repetitions(passages);
    let features = Features::of(query, &rarity, &passages);
    Ranking {
        confidence: confidence::of(&features),
        passages,
        rarity,
        features,
    }
}

/// The words of a candidate and its headings.
fn words(candidate: &Candidate) -> impl Iterator<Item = String> {
    let passage = &candidate.passage;
    analyse::words(&passage.heading).chain(analyse::words_of_passage(&passage.text))
}

fn score(
    query: &Query,
    vector: Option<&[f32]>,
    weights: Weights,
    candidate: Candidate,
    letters: Letters,
) -> Ranked {
    let cosine = |sentence: &Sentence| {
        vector.map_or(0.0, |vector| sentence_cosine(vector, &sentence.vector))
    };
    let all = &candidate.passage.sentences;
    let heading = all.iter().find(|sentence| sentence.is_heading());
    let sentences: Vec<ScoredSentence> = all
        .iter()
        .filter(|sentence| !sentence.is_heading())
        .map(|sentence| ScoredSentence {
            range: sentence.start as usize..sentence.end as usize,
            cosine: cosine(sentence),
        })
        .collect();
    let evidence = Evidence {
        bm25: candidate.bm25.unwrap_or(0.0),
        letters: letters.score,
        letters_share: letters.share,
        passage: candidate.cosine.unwrap_or(0.0),
        sentence: sentences
            .iter()
            .map(|sentence| sentence.cosine)
            .fold(0.0, f32::max),
        heading: heading.map_or(0.0, cosine),
        coverage: 0.0,
    };
    let weight = weights.between(query.language, &candidate.passage.language);
    let letters_weight = match candidate.passage.language.as_str() {
        "en" => ENGLISH_LETTERS_WEIGHT,
        _ => LETTERS_WEIGHT,
    };
    let asked_in_arabic = query.language == Some("ar");
    let is_foreign = analyse::is_arabic(&candidate.passage.text) != asked_in_arabic;
    let standing = if is_foreign { FOREIGN } else { 1.0 };
    Ranked {
        fused: standing * evidence.fused(weight, letters_weight),
        evidence,
        candidate,
        sentences,
        dense: weight / DENSE_WEIGHT,
    }
}

/// The cosine of a unit vector with a sentence's, which rounding has left slightly off length one.
///
/// Summed in [`LANES`] independent sums, which the compiler turns into one of vectors.
#[expect(clippy::cast_precision_loss, reason = "squares of bytes")]
fn sentence_cosine(question: &[f32], sentence: &[i8]) -> f32 {
    const LANES: usize = 16;
    let mut dots = [0.0; LANES];
    for (question, sentence) in question.chunks(LANES).zip(sentence.chunks(LANES)) {
        for ((dot, q), s) in dots.iter_mut().zip(question).zip(sentence) {
            *dot += q * f32::from(*s);
        }
    }
    let squares: i32 = sentence.iter().map(|s| i32::from(*s) * i32::from(*s)).sum();
    let length = (squares as f32).sqrt();
    if length > 0.5 * SENTENCE_SCALE {
        dots.iter().sum::<f32>() / length
    } else {
        0.0
    }
}

/// The rarity of each word among the candidates, as BM25 has it: ln(1 + (n − df + ½) / (df + ½)).
#[expect(clippy::cast_precision_loss, reason = "counts of candidates are small")]
fn rarity(query: &Query, passages: &[HashSet<&str>]) -> Vec<f32> {
    let of = |word: &Word| {
        let has = |terms: &&HashSet<&str>| word.terms().any(|term| terms.contains(term));
        let found = passages.iter().filter(has).count() as f32;
        let rarity = ((passages.len() as f32 - found + 0.5) / (found + 0.5)).ln_1p();
        match word.is_generic {
            true if found > 0.0 => GENERIC_SHARE * rarity,
            // Nobody has it, which says nothing.
            true => 0.0,
            false => rarity,
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
    let mut kept: Vec<(Ranked, HashSet<u64>)> = Vec::with_capacity(passages.len());
    for passage in passages {
        let sentences = passage.sentences.iter();
        let lines: HashSet<u64> = sentences.map(|one| digest(passage.text_of(one))).collect();
        let said = !lines.is_empty() && kept.iter().any(|(_, known)| lines.is_subset(known));
        if !said {
            kept.push((passage, lines));
        }
    }
    kept.into_iter().map(|(passage, _)| passage).collect()
}

/// The same for sentences that differ in case and white space only.
fn digest(sentence: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for word in sentence.to_lowercase().split_whitespace() {
        word.hash(&mut hasher);
    }
    hasher.finish()
}
