//! Words of one language for those of another, so that a question finds documents in the language it isn't asked in.
//!
//! The built-in model reads English only; an Arabic question about an English menu has no letter in common with it.
//! A few hundred words that customers use cover most of what they ask; names are not in it.

use std::{collections::HashMap, sync::LazyLock};

use super::{is_arabic, term, words};
use crate::word_list;

/// From a term to the other language's terms for it, both ways; and from one to others of its own language, one way.
static TERMS: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut terms: HashMap<String, Vec<String>> = HashMap::new();
    let mut add = |from: &String, to: &String| {
        let known = terms.entry(from.clone()).or_default();
        if !known.contains(to) {
            known.push(to.clone());
        }
    };
    for (english, arabic) in word_list::entries(include_str!("glossary.txt")) {
        let english = term(english, "en");
        for word in words(arabic) {
            let other = term(&word, "ar");
            add(&english, &other);
            if is_arabic(&word) {
                add(&other, &english);
            }
        }
    }
    terms
});

/// The other language's terms for what one of these terms says.
pub(super) fn translations(terms: &[String]) -> impl Iterator<Item = String> {
    terms
        .iter()
        .filter_map(|term| TERMS.get(term))
        .flatten()
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str, language: &str) -> Vec<String> {
        let own: Vec<String> = words(word).map(|word| term(&word, language)).collect();
        translations(&own).collect()
    }

    #[test]
    fn both_languages_find_each_other() {
        assert_eq!(of("prices", "en"), of("price", "en"));
        assert!(of("prices", "en").contains(&term("سعر", "ar")));
        assert!(of("الأسعار", "ar").contains(&term("price", "en")));
        assert!(of("الفلافل", "ar").contains(&term("falafel", "en")));
        assert!(of("zebra", "en").is_empty());
    }

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = include_str!("glossary.txt").lines();
        let read = lines.filter(|line| !line.starts_with('#'));
        for line in read {
            let (english, arabic) = line.split_once(": ").expect("a word and its translations");
            assert!(!arabic.is_empty(), "{line}");
            assert!(!of(english, "en").is_empty(), "{line}");
        }
    }
}
