//! A question as it is looked up: its content words, each with the terms it may be indexed under.
//!
//! A question whose language is certain is stemmed in it. "Falafel Preis" has no certain language, so each
//! word is looked up under the stems of all common ones: a stem nobody used costs nothing, a missing one
//! loses the answer. Words that only make it a question are dropped unless nothing would be left. A word of the
//! glossary is looked up in the other language as well.

use super::{
    glossary::translations,
    term,
    word_list::{is_generic, is_stop_word},
    words,
};
use crate::knowledge::language;

/// The languages tried for a question without a certain one.
const COMMON: &[&str] = &["en", "de", "es", "fr"];

/// A question, analysed.
#[derive(Debug, Clone)]
pub struct Query {
    /// ISO 639-1, or `None` where the question gives no evidence.
    pub language: Option<&'static str>,
    /// The content words in the question's order, each once.
    pub words: Vec<Word>,
}

/// One content word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As the customer wrote it, normalised.
    pub text: String,
    /// The terms that match it: one, or one for each language tried, and those of the glossary.
    pub terms: Vec<String>,
    /// Whether it only says that things are asked for, as "dishes" and "options" do; then it is weak evidence,
    /// and its absence no evidence to the contrary.
    pub is_generic: bool,
}

impl Query {
    /// Analyses `question`.
    pub fn new(question: &str) -> Self {
        let language = language::detect(question);
        let all: Vec<String> = words(question).collect();
        let content: Vec<&String> = all.iter().filter(|word| !is_stop_word(word)).collect();
        let kept = if content.is_empty() {
            all.iter().collect()
        } else {
            content
        };
        let mut words: Vec<Word> = Vec::with_capacity(kept.len());
        for text in kept {
            let mut terms = variants(text, language);
            if text == "book" && is_done_by(&all) {
                terms.extend([term("reserve", "en"), term("booking", "en")]);
            }
            let word = Word {
                text: text.clone(),
                terms,
                is_generic: is_generic(text),
            };
            if !words.iter().any(|known| known.terms == word.terms) {
                words.push(word);
            }
        }
        Self { language, words }
    }

    /// Every term, separated by spaces, for the index.
    pub fn terms(&self) -> String {
        let terms: Vec<&str> = self.words.iter().flat_map(Word::terms).collect();
        terms.join(" ")
    }
}

impl Word {
    /// The terms that match it.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(String::as_str)
    }
}

/// Whether a question of these words wants to book something, and not a book: "book a table", "book for six".
fn is_done_by(words: &[String]) -> bool {
    const WHAT: &[&str] = &[
        "a", "an", "the", "my", "for", "online", "table", "tables", "room", "rooms", "seats",
    ];
    words
        .windows(2)
        .any(|pair| pair[0] == "book" && WHAT.contains(&pair[1].as_str()))
}

fn variants(word: &str, language: Option<&'static str>) -> Vec<String> {
    let languages = language.as_ref().map_or(COMMON, std::slice::from_ref);
    let mut terms: Vec<String> = languages
        .iter()
        .map(|language| term(word, language))
        .collect();
    terms.extend(translations(&terms).collect::<Vec<_>>());
    terms.sort_unstable();
    terms.dedup();
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(question: &str) -> Vec<String> {
        Query::new(question)
            .words
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    #[test]
    fn words_that_only_ask_are_dropped() {
        assert_eq!(texts("What vegan dishes do you have?"), ["vegan", "dishes"]);
        assert_eq!(
            texts("ما هي الأطباق النباتية لديكم؟"),
            ["الاطباق", "النباتيه"]
        );
    }

    #[test]
    fn a_question_is_looked_up_in_the_other_language_too() {
        let query = Query::new("كم سعر الفلافل؟");
        let terms = super::super::terms("price falafel", "en");
        for term in terms.split(' ') {
            assert!(
                query.terms().split(' ').any(|known| known == term),
                "{query:?}"
            );
        }
    }

    #[test]
    fn what_is_contained_is_asked_for_in_many_words() {
        let content = |question| -> Vec<String> {
            let words = Query::new(question).words.into_iter();
            words
                .filter(|word| !word.is_generic)
                .map(|word| word.text)
                .collect()
        };
        for question in [
            "هل يحتوي الفتوش على الغلوتين؟",
            "هل في الفتوش الغلوتين؟",
            "كم سعر الفتوش وهل فيه الغلوتين؟",
        ] {
            let content = content(question);
            let wanted = content.iter().filter(|word| *word != "سعر");
            assert!(wanted.eq(["الفتوش", "الغلوتين"].iter()), "{content:?}");
        }
    }

    #[test]
    fn other_words_for_the_same_are_looked_up_too() {
        for (question, known) in [
            ("How do I make a booking?", "reservation"),
            ("Can I book a table for six?", "reserve"),
            ("Where can we park?", "parking"),
            ("أطباق خالية من الجلوتين", "خال من الغلوتين"),
        ] {
            let query = Query::new(question);
            let language = query.language.unwrap_or("en");
            for word in words(known).filter(|word| !is_stop_word(word)) {
                let term = term(&word, language);
                assert!(query.terms().split(' ').any(|one| one == term), "{query:?}");
            }
        }
    }

    #[test]
    fn parking_is_no_park() {
        let asked = Query::new("Do you have parking?").terms();
        let has = |text: &str| {
            let term = super::super::terms(text, "en");
            asked.split(' ').any(|asked| asked == term)
        };
        assert!(has("parking") && !has("Park"), "{asked}");
    }

    #[test]
    fn a_question_of_stop_words_keeps_them_all() {
        assert_eq!(texts("Who are you?"), ["who", "are", "you"]);
    }

    #[test]
    fn without_a_certain_language_every_common_stem_is_tried() {
        let query = Query::new("Öffnungszeiten Sonntag");
        assert_eq!(query.language, None);
        let indexed = super::super::terms("Öffnungszeiten", "de");
        assert!(query.words[0].terms.contains(&indexed), "{query:?}");
    }
}
