//! The tokenizer's promises to the chunker.

use proptest::prelude::*;
use wafaa_embedding::MAX_TOKENS;

use crate::{ENGINE, texts};

/// Asserts what [`wafaa_embedding::Tokenizer::offsets`] promises, for any text.
fn check(text: &str) {
    let tokenizer = ENGINE.tokenizer();
    let offsets = tokenizer.offsets(text);
    assert_eq!(offsets.len(), tokenizer.count(text), "{text:?}");
    for range in &offsets {
        assert!(range.start < range.end, "{range:?} is empty in {text:?}");
        assert!(
            text.get(range.clone()).is_some(),
            "{range:?} is not a range of {text:?}"
        );
    }
    for pair in offsets.windows(2) {
        assert!(pair[0].start <= pair[1].start && pair[0].end <= pair[1].end);
        assert!(
            pair[0].end <= pair[1].start || pair[0] == pair[1],
            "{pair:?} overlap in {text:?}"
        );
    }
    let ids = tokenizer.encode(text);
    assert_eq!(ids.len(), (offsets.len() + 2).min(MAX_TOKENS));
    assert_eq!((ids.first(), ids.last()), (Some(&101), Some(&102)));
    assert!(ids.iter().all(|id| *id < 30_522));
}

#[test]
fn known_texts() {
    for text in texts() {
        check(&text);
    }
}

#[test]
fn offsets_are_those_of_the_words() {
    let text = "Héllo,  wörld";
    let words: Vec<&str> = ENGINE
        .tokenizer()
        .offsets(text)
        .into_iter()
        .map(|range| &text[range])
        .collect();
    assert_eq!(words, ["Héllo", ",", "wörld"]);
}

#[test]
fn nothing_is_truncated_or_padded_but_the_sequence() {
    let tokenizer = ENGINE.tokenizer();
    assert_eq!(tokenizer.count(&"word ".repeat(1_000)), 1_000);
    assert_eq!(tokenizer.encode("word").len(), 3);
    assert_eq!(tokenizer.encode(&"word ".repeat(1_000)).len(), MAX_TOKENS);
}

#[test]
fn special_tokens_in_a_text_are_plain_text() {
    let ids = ENGINE.tokenizer().encode("[SEP] [MASK]");
    assert_eq!(ids.iter().filter(|id| [102, 103].contains(id)).count(), 1);
}

proptest! {
    #[test]
    fn any_text(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn any_characters(text in proptest::collection::vec(any::<char>(), 0..100)) {
        check(&text.into_iter().collect::<String>());
    }

    #[test]
    fn words_with_marks_and_syllables(text in "([a-zé ﬁ]|[\u{300}-\u{36f}]|[가-힣]|[\u{600}-\u{6ff}]|[一-丐]){0,80}") {
        check(&text);
    }
}
