//! Arabic: a lexicon of our own, read by the rules that VADER found for English.
//!
//! Words are folded as the search index folds them, looked up as written, then without "and", then by their stem.
//! Dialects negate in their own ways ("مو حلو", "مش كويس", "معجبنيش"), and intensify before or after the word.

use std::{collections::HashMap, sync::LazyLock};

use super::lexicon;
use crate::knowledge::analyse;

/// VADER's factors: for a negated word, and added by an intensifier or an exclamation mark.
const NEGATED: f32 = -0.74;
const INTENSIFIED: f32 = 0.293;
const EXCLAIMED: f32 = 0.292;
const EXCLAMATIONS: usize = 4;

/// VADER's shares of what stands before and after a "but".
const BEFORE_BUT: f32 = 0.5;
const AFTER_BUT: f32 = 1.5;

/// The most words of a phrase.
const PHRASE: usize = 4;

/// How far before a word its negation may stand.
const REACH: usize = 2;

const NEGATIONS: &[&str] = &[
    "لا",
    "ما",
    "مش",
    "ليس",
    "ليست",
    "لست",
    "غير",
    "لم",
    "لن",
    "مو",
    "مب",
    "موب",
    "مهو",
    "ماهو",
    "ماهي",
    "مهي",
    "بدون",
    "بلا",
    "مافي",
    "مافيه",
    "مفيش",
    "ماكو",
    "ولا",
    "مالي",
    "عمره",
    "ابدا",
];
const INTENSIFIERS: &[&str] = &[
    "جدا",
    "كثير",
    "كثيرا",
    "كتير",
    "مره",
    "مرره",
    "وايد",
    "واجد",
    "اوي",
    "قوي",
    "خالص",
    "للغايه",
    "حيل",
    "هوايه",
    "هواي",
    "بزاف",
    "تماما",
    "بجد",
    "فعلا",
    "حقا",
    "صراحه",
    "كلش",
    "بالمره",
    "اكيد",
    "برشا",
    "عالاخر",
    "نهائيا",
];
const DAMPENERS: &[&str] = &[
    "شوي",
    "شويه",
    "قليلا",
    "نوعا",
    "بعض",
    "احيانا",
    "ممكن",
    "تقريبا",
];
const BUTS: &[&str] = &["لكن", "ولكن", "بس", "الا", "لكنه", "لكنها"];

struct Lexicon {
    /// Folded words and phrases, words separated by spaces.
    written: HashMap<String, f32>,
    /// Stems of the words whose forms agree on the direction.
    stems: HashMap<String, f32>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut written = HashMap::new();
    let mut stems: HashMap<String, Option<f32>> = HashMap::new();
    for (entry, valence) in lexicon::entries(include_str!("arabic.txt")) {
        let words: Vec<String> = analyse::words(entry).collect();
        if let [word] = words.as_slice() {
            let stem = analyse::term(word, "ar");
            let known = stems.entry(stem).or_insert(Some(valence));
            *known = known.filter(|known| known.signum() == valence.signum());
        }
        written.insert(words.join(" "), valence);
    }
    let agreed = |(stem, valence): (String, Option<f32>)| {
        let is_long = stem.chars().nth(2).is_some();
        Some((stem, valence.filter(|_| is_long)?))
    };
    Lexicon {
        written,
        stems: stems.into_iter().filter_map(agreed).collect(),
    }
});

/// The sum of valences of a text without emoji.
pub(super) fn valence(text: &str) -> f32 {
    let words: Vec<String> = analyse::words(text).map(|word| calm(&word)).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match longest(&words[at..]) {
            Some((length, valence)) => {
                found.push((at, modified(valence, length, &words, at)));
                at += length;
            }
            None => at += 1,
        }
    }
    weigh_by_but(&words, &mut found);
    let sum: f32 = found.iter().map(|(_, valence)| valence).sum();
    let marks = text.matches('!').count().min(EXCLAMATIONS);
    #[expect(clippy::cast_precision_loss, reason = "at most four")]
    let emphasis = marks as f32 * EXCLAIMED;
    if sum == 0.0 {
        0.0
    } else {
        sum + emphasis.copysign(sum)
    }
}

/// The longest entry that `words` begin with, and its valence.
fn longest(words: &[String]) -> Option<(usize, f32)> {
    let phrase = (2..=PHRASE.min(words.len())).rev().find_map(|length| {
        let phrase = words[..length].join(" ");
        let valence = lookup(&phrase)?;
        Some((length, valence))
    });
    phrase.or_else(|| Some((1, word(&words[0])?)))
}

fn word(word: &str) -> Option<f32> {
    let stem = || LEXICON.stems.get(&analyse::term(word, "ar")).copied();
    lookup(word).or_else(|| circumfixed(word)).or_else(stem)
}

/// An entry as written, or after "and".
fn lookup(entry: &str) -> Option<f32> {
    let written = &LEXICON.written;
    let after_and = || written.get(entry.strip_prefix('و')?);
    written.get(entry).or_else(after_and).copied()
}

/// Egyptian negation around the word: "معجبنيش" is "I did not like it".
fn circumfixed(word: &str) -> Option<f32> {
    let inner = word.strip_prefix("ما").or_else(|| word.strip_prefix('م'))?;
    let inner = inner.strip_suffix('ش')?;
    let valence = LEXICON.written.get(inner)?;
    Some(valence * NEGATED)
}

/// The valence of the entry of `length` words at `at`, by the words around it.
fn modified(valence: f32, length: usize, words: &[String], at: usize) -> f32 {
    let before = &words[at.saturating_sub(REACH)..at];
    let after = &words[at + length..words.len().min(at + length + 1)];
    let is_near = |list: &[&str]| {
        before
            .iter()
            .chain(after)
            .any(|word| list.contains(&word.as_str()))
    };
    let mut valence = valence;
    if is_near(INTENSIFIERS) {
        valence += INTENSIFIED.copysign(valence);
    }
    if is_near(DAMPENERS) {
        valence -= INTENSIFIED.copysign(valence);
    }
    // A phrase holds its own negation.
    let is_negated = before.iter().any(|word| NEGATIONS.contains(&word.as_str()));
    if is_negated && length == 1 {
        valence * NEGATED
    } else {
        valence
    }
}

/// What follows a "but" is what is meant.
fn weigh_by_but(words: &[String], found: &mut [(usize, f32)]) {
    let mut inner = 1..words.len().saturating_sub(1);
    let is_but = |at: &usize| BUTS.contains(&words[*at].as_str());
    let Some(but) = inner.find(is_but) else {
        return;
    };
    for (at, valence) in found {
        *valence *= if *at < but { BEFORE_BUT } else { AFTER_BUT };
    }
}

/// A word without the letters drawn out for emphasis: "رااااائع" is "رائع".
fn calm(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let is_drawn_out = |at: usize| {
        let run = letters[at..]
            .iter()
            .take_while(|c| **c == letters[at])
            .count();
        let before = letters[..at]
            .iter()
            .rev()
            .take_while(|c| **c == letters[at])
            .count();
        run + before > 2 && before > 0
    };
    (0..letters.len())
        .filter(|at| !is_drawn_out(*at))
        .map(|at| letters[at])
        .collect()
}
