//! The terms by which text is found: normalised, stemmed words in the order of the text.
//!
//! Documents and questions go through the same function, so a change here needs every passage indexed
//! again (`wafaa tenant reindex`). What must stay true: a term holds no white space (the index splits there), the original text is
//! never touched, and a word's script chooses its stemmer: an English name inside an Arabic page is
//! stemmed as English. Deliberately absent: stop words in the index; rarity weighs them down by itself.

mod arabic;
mod glossary;
mod query;
mod stem;
mod word_list;

use std::borrow::Cow;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _, char::is_combining_mark, is_nfkc_quick,
};
use unicode_segmentation::UnicodeSegmentation as _;

pub(crate) use arabic::{is_arabic, letter};
pub use query::{Query, Word};
pub(crate) use word_list::is_stop_word;

use super::weekday;

/// The terms of `text`, a passage or a part of one, separated by single spaces.
pub fn terms(text: &str, language: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in words_of_passage(text) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&term(&word, language));
    }
    joined
}

/// The words of `text`, lower-case, in compatibility form, with plain digits and without vowel marks.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().flat_map(parts)
}

/// The words of a passage, and after them those it implies.
pub(crate) fn words_of_passage(text: &str) -> impl Iterator<Item = String> {
    let implied = weekday::implied(text).into_iter();
    words(text).chain(implied.map(str::to_owned))
}

/// The stemmed term of one word that [`words`] gave.
pub(crate) fn term(word: &str, language: &str) -> String {
    let stemmed = stem::stem(word, language);
    if stemmed.is_ascii() {
        return stemmed;
    }
    strip_accents(&stemmed)
}

/// One Unicode word as one or two of ours: "l'hôtel" is two, "guest's" is one, "1,190" is "1190".
fn parts(word: &str) -> impl Iterator<Item = String> + use<> {
    let (whole, pieces) = if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        (Some(word.to_ascii_lowercase()), Vec::new())
    } else {
        let folded = folded(word);
        if folded.starts_with(|c: char| c.is_ascii_digit()) {
            (Some(number(&folded)), Vec::new())
        } else {
            (None, pieces(&folded))
        }
    };
    whole.into_iter().chain(pieces)
}

/// A word in lower case and compatibility form, without marks over Arabic letters.
fn folded(word: &str) -> String {
    let folded = arabic::fold(word);
    let folded = compatible(&folded);
    folded.chars().flat_map(char::to_lowercase).collect()
}

/// A text in compatibility form, which nearly every one is already.
fn compatible(text: &str) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        IsNormalized::No | IsNormalized::Maybe => text.nfkc().collect::<String>().into(),
    }
}

fn pieces(folded: &str) -> Vec<String> {
    let pieces = || {
        folded
            .split(['\'', '’', 'ʼ', '_'])
            .filter(|piece| !piece.is_empty())
    };
    let several = pieces().nth(1).is_some();
    pieces()
        .filter(|piece| !several || piece.chars().nth(1).is_some())
        .map(str::to_owned)
        .collect()
}

/// A number without thousands separators: exactly three digits follow each.
fn number(word: &str) -> String {
    let mut groups = word.split(',');
    let first = groups.next().unwrap_or(word);
    let grouped = (1..=3).contains(&first.len())
        && word.contains(',')
        && groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    if grouped {
        word.replace(',', "")
    } else {
        word.to_owned()
    }
}

/// Drops the marks over Latin letters, so that "cafe" finds "café"; other scripts' marks are letters.
pub(crate) fn strip_accents(word: &str) -> String {
    word.nfd()
        .filter(|c| !(is_combining_mark(*c) && ('\u{300}'..='\u{36f}').contains(c)))
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_words_meet_in_their_stems() {
        assert_eq!(
            terms("The guest's deliveries, 1,190 SAR!", "en"),
            "the guest deliv 1190 sar"
        );
        assert_eq!(terms("don’t", "en"), "don");
    }

    #[test]
    fn days_within_a_range_are_terms_too() {
        assert!(terms("sunday_to_wednesday", "en").ends_with(&terms("Monday Tuesday", "en")));
    }

    #[test]
    fn accents_dont_matter() {
        assert_eq!(terms("Öffnungszeiten", "de"), terms("offnungszeiten", "de"));
        assert_eq!(terms("habitación", "es"), terms("habitacion", "es"));
        assert_eq!(
            terms("l'hôtel végétarien", "fr"),
            terms("hotel vegetarien", "fr")
        );
    }

    #[test]
    fn arabic_spellings_meet() {
        let written = terms("الأطباقُ النباتيّة في القائمة", "ar");
        assert_eq!(terms("الاطباق النباتيه فى القائمه", "ar"), written);
        assert_eq!(
            terms("السعـــر ٣٢ ريال", "ar"),
            terms("السعر 32 ريال", "ar")
        );
        assert_eq!(terms("ﻓﻼﻓﻞ", "ar"), terms("فلافل", "ar"));
    }

    #[test]
    fn arabic_articles_and_plurals_meet_their_nouns() {
        assert_eq!(terms("النباتية", "ar"), terms("نباتي", "ar"));
        assert_eq!(terms("الأطباق والفروع", "ar"), terms("طبق فرع", "ar"));
    }

    #[test]
    fn english_inside_arabic_is_stemmed_as_english() {
        assert!(terms("خدمة deliveries", "ar").ends_with(" deliv"));
    }
}
