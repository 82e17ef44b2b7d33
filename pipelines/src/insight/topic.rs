//! What a message is about: its key phrases, by YAKE (Campos et al. 2020), which needs nothing but the message.
//!
//! Phrases are for counting over many messages, so they are lower-case and one says it all: a phrase within a better
//! one is left out. What must stay true: a message without anything to be about has no topic; a wrong one costs more
//! than none. Deliberately absent: joining phrases that mean the same; that takes many messages.

use std::sync::LazyLock;

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation as _;
use yake_rust::{Config, StopWords};

use crate::{
    knowledge::{analyse, language},
    word_list,
};

/// The most topics of a message.
const TOPICS: usize = 5;

/// The most words of a phrase.
const WORDS: usize = 3;

/// How much of a message is looked at, in bytes: YAKE compares every phrase with every other.
const SAMPLE: usize = 4_000;

/// Candidates, of which the ones that say nothing new go.
const CANDIDATES: usize = 30;

/// A message's topics, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topics {
    /// Lower-case, at most five.
    pub phrases: Vec<String>,
    /// `yake`.
    pub method: &'static str,
}

/// The topics of `text`. `language` is the conversation's, for texts that don't show their own.
pub fn topics(text: &str, language: Option<&str>) -> Topics {
    let sample = &text[..text.floor_char_boundary(SAMPLE)];
    let stop_words = stop_words(language::detect(sample).or(language).unwrap_or("en"));
    let found = yake_rust::get_n_best(CANDIDATES, &plain(sample), stop_words, &CONFIG);
    let mut phrases: Vec<String> = Vec::new();
    for phrase in found.iter().map(|item| item.keyword.trim().to_owned()) {
        if phrases.len() < TOPICS && says_something(&phrase) {
            add(&mut phrases, phrase);
        }
    }
    Topics {
        phrases,
        method: "yake",
    }
}

/// Adds a phrase unless it or a part of it is there already; a longer phrase takes the place of its part.
fn add(phrases: &mut Vec<String>, phrase: String) {
    let within = |part: &str, whole: &str| format!(" {whole} ").contains(&format!(" {part} "));
    if phrases.iter().any(|known| within(&phrase, known)) {
        return;
    }
    match phrases.iter().position(|known| within(known, &phrase)) {
        Some(part) => phrases[part] = phrase,
        None => phrases.push(phrase),
    }
}

/// Whether a phrase has a word with three letters in a row that is no stop word of any language we know.
fn says_something(phrase: &str) -> bool {
    analyse::words(phrase).any(|word| {
        word.chars().filter(|c| c.is_alphabetic()).count() > 2 && !analyse::is_stop_word(&word)
    })
}

/// The text without what isn't words: YAKE would take addresses and emoji for terms, and knows no Arabic punctuation.
fn plain(text: &str) -> String {
    text.replace('،', ", ")
        .replace('؛', "; ")
        .replace('؟', "? ")
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.contains('@') && !word.starts_with("www."))
        .map(|word| {
            word.graphemes(true)
                .filter(|part| is_writing(part))
                .collect::<String>()
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Letters, digits and the punctuation that YAKE knows.
fn is_writing(grapheme: &str) -> bool {
    grapheme.chars().next().is_some_and(|c| {
        c.is_alphanumeric() || c.is_ascii_punctuation() || matches!(c, '’' | '–' | '—')
    })
}

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let mut config = Config {
        ngrams: WORDS,
        only_alphanumeric_and_hyphen: true,
        ..Config::default()
    };
    config.punctuation.extend(['’', '–', '—']);
    config
});

/// The stop words for a language; English for those we have none for.
fn stop_words(language: &str) -> &'static StopWords {
    static ARABIC: LazyLock<StopWords> = LazyLock::new(|| {
        // As written here and as hurried customers spell it.
        let both = |word: &str| {
            analyse::words(word)
                .chain([word.to_owned()])
                .collect::<Vec<_>>()
        };
        StopWords::custom(our_own("arabic").flat_map(both).collect())
    });
    static ENGLISH: LazyLock<StopWords> = LazyLock::new(|| with_talk("en"));
    static GERMAN: LazyLock<StopWords> = LazyLock::new(|| with_talk("de"));
    static SPANISH: LazyLock<StopWords> = LazyLock::new(|| with_talk("es"));
    static FRENCH: LazyLock<StopWords> = LazyLock::new(|| with_talk("fr"));
    match language {
        "ar" => &ARABIC,
        "de" => &GERMAN,
        "es" => &SPANISH,
        "fr" => &FRENCH,
        _ => &ENGLISH,
    }
}

/// YAKE's own list, made from news, with the words that make up talk.
fn with_talk(language: &str) -> StopWords {
    let mut words = StopWords::predefined(language).unwrap_or_default();
    words.extend(our_own("talk").map(str::to_owned));
    words
}

fn our_own(list: &'static str) -> impl Iterator<Item = &'static str> {
    word_list::entries(include_str!("topic/stop_words.txt"))
        .filter(move |(name, _)| *name == list)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_finds(text: &str, wanted: &[&str]) {
        let found = topics(text, None).phrases;
        for phrase in wanted {
            assert!(
                found.iter().any(|topic| topic.contains(phrase)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn key_phrases_of_english_messages() {
        assert_finds("Do you offer home delivery in Olaya?", &["home delivery"]);
        assert_finds(
            "The air conditioning in my apartment is leaking",
            &["air conditioning", "apartment"],
        );
        assert_finds("How much is the falafel plate?", &["falafel plate"]);
        assert_finds(
            "I want to return a book that arrived damaged. Do you pay the return shipping?",
            &["return shipping"],
        );
    }

    #[test]
    fn key_phrases_of_arabic_messages() {
        assert_finds("كم رسوم التوصيل إلى حي العليا؟", &["رسوم التوصيل"]);
        assert_finds("المكيف خربان من أمس ومحد رد علي", &["المكيف"]);
        assert_finds("هل عندكم أطباق نباتية؟", &["أطباق نباتية"]);
    }

    #[test]
    fn talk_has_no_topic() {
        for text in [
            "hi",
            "Hello there!",
            "ok thanks",
            "yes",
            "👍",
            "",
            "123",
            "السلام عليكم",
            "شكرا جزيلا",
            "تمام",
            "danke!",
        ] {
            assert_eq!(topics(text, None).phrases, Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn one_phrase_says_it_all() {
        let found = topics(
            "Delivery fee? I mean the delivery fee for the large pizza",
            None,
        )
        .phrases;
        for phrase in &found {
            assert!(
                !found
                    .iter()
                    .any(|other| other != phrase && other.contains(phrase.as_str())),
                "{found:?}"
            );
        }
        assert!(found.len() <= TOPICS);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,200}") {
            let found = topics(&text, None).phrases;
            proptest::prop_assert!(found.len() <= TOPICS);
            proptest::prop_assert!(found.iter().all(|phrase| phrase.to_lowercase() == *phrase && phrase.trim() == phrase));
        }
    }
}
