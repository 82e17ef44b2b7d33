//! The stemmer of a word: by its script, and for the Latin script by the text's language.

use rust_stemmers::{Algorithm, Stemmer};

use super::arabic;

/// The stem of a lower-case `word`; numbers and words of unknown languages are their own.
pub(super) fn stem(word: &str, language: &str) -> String {
    match algorithm(word, language) {
        Some(Algorithm::Spanish) => Stemmer::create(Algorithm::Spanish)
            .stem(&accented(word))
            .into_owned(),
        Some(Algorithm::Arabic) => arabic::stem(word),
        Some(Algorithm::English) => english(word),
        Some(algorithm) => Stemmer::create(algorithm).stem(word).into_owned(),
        None => word.to_owned(),
    }
}

/// English words whose Snowball stems miss their own verbs, and that customers ask with every day.
const IRREGULAR: &[(&str, &str)] = &[
    ("delivery", "deliver"),
    ("deliveries", "deliver"),
    ("payment", "pay"),
    ("payments", "pay"),
    ("paid", "pay"),
    ("children", "child"),
];

/// English words that say something else than what they are made from: where cars are left is no park. A question with
/// "park" is looked up as "parking" too (`glossary.txt`).
const WHOLE: &[&str] = &["parking"];

fn english(word: &str) -> String {
    if WHOLE.contains(&word) {
        return word.to_owned();
    }
    let regular = IRREGULAR
        .iter()
        .find(|(irregular, _)| *irregular == word)
        .map_or(word, |(_, regular)| *regular);
    Stemmer::create(Algorithm::English)
        .stem(regular)
        .into_owned()
}

/// Spanish `word` with the accent of "-ción" that hurried customers leave out and the stemmer looks for.
fn accented(word: &str) -> String {
    match word
        .strip_suffix("cion")
        .or_else(|| word.strip_suffix("sion"))
    {
        Some(stem) => format!("{stem}{}ión", &word[stem.len()..=stem.len()]),
        None => word.to_owned(),
    }
}

fn algorithm(word: &str, language: &str) -> Option<Algorithm> {
    match word.chars().find(|c| c.is_alphabetic())? {
        _ if word.starts_with(|c: char| c.is_ascii_digit()) => None,
        '\u{600}'..='\u{6ff}' => Some(Algorithm::Arabic),
        '\u{400}'..='\u{52f}' => Some(Algorithm::Russian),
        '\u{370}'..='\u{3ff}' => Some(Algorithm::Greek),
        '\u{b80}'..='\u{bff}' => Some(Algorithm::Tamil),
        'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(latin(language)),
        _ => None,
    }
}

fn latin(language: &str) -> Algorithm {
    match language {
        "de" => Algorithm::German,
        "es" => Algorithm::Spanish,
        "fr" => Algorithm::French,
        "it" => Algorithm::Italian,
        "pt" => Algorithm::Portuguese,
        "nl" => Algorithm::Dutch,
        "tr" => Algorithm::Turkish,
        "sv" => Algorithm::Swedish,
        "da" => Algorithm::Danish,
        "no" => Algorithm::Norwegian,
        "fi" => Algorithm::Finnish,
        "hu" => Algorithm::Hungarian,
        "ro" => Algorithm::Romanian,
        _ => Algorithm::English,
    }
}
