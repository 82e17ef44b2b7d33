//! Which words the cells of tables have, read once for all that are looked for.
//!
//! A question of five words looks into every cell of a document's tables five times and more, and columns' names are in
//! every row.

use std::{cell::RefCell, collections::HashMap};

use crate::knowledge::analyse::{self, Word};

/// How English ends a word for what is done.
const GERUND: &str = "ing";

/// What has been read for one answer.
#[derive(Default)]
pub(super) struct Vocabulary {
    /// By language, then by text.
    texts: RefCell<HashMap<String, HashMap<String, Words>>>,
}

/// The words of a text.
struct Words {
    /// As they are.
    plain: Vec<String>,
    /// Stemmed.
    terms: Vec<String>,
}

impl Vocabulary {
    /// Whether `text` has the word: stemmed, or as it is, since a passage of few words may have been taken for another
    /// language, and stemmed in that.
    pub(super) fn has(&self, word: &Word, text: &str, language: &str) -> bool {
        let mut texts = self.texts.borrow_mut();
        let known = texts.entry(language.to_owned()).or_default();
        if !known.contains_key(text) {
            known.insert(text.to_owned(), Words::of(text, language));
        }
        known.get(text).is_some_and(|words| words.has(word))
    }
}

impl Words {
    fn of(text: &str, language: &str) -> Self {
        let terms = analyse::terms(text, language);
        Self {
            plain: analyse::words(text).collect(),
            terms: terms.split(' ').map(str::to_owned).collect(),
        }
    }

    fn has(&self, word: &Word) -> bool {
        let is_term = |term: &String| word.terms.contains(term);
        // The stem of "booking" is a book, which some things are called.
        let is_named_otherwise = word.text.ends_with(GERUND) && !self.has_gerund();
        self.terms.iter().any(is_term) && !is_named_otherwise || self.plain.contains(&word.text)
    }

    fn has_gerund(&self) -> bool {
        self.plain.iter().any(|word| word.ends_with(GERUND))
    }
}
