//! Sentences of running text, as byte ranges.
//!
//! The rules are Unicode's (UAX #29), corrected where they break after an abbreviation, an initial or an
//! ordinal, or inside a URL, and extended by the Arabic semicolon. Ranges are in order, don't overlap,
//! are trimmed of white space, and leave out white space only. Deliberately absent: what a table row or a
//! list item is; the chunker knows, and takes each as one sentence.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// Words that end in a full stop without ending a sentence, lower-case and without it.
const ABBREVIATIONS: &[&str] = &[
    // English
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "approx", "dept", "est", "inc",
    "ltd", "co", "corp", "no", "nos", "vol", "fig", "ext", "apt", "ave", "blvd", "e.g", "i.e",
    "cf", "al", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
    "dec", // German
    "z.b", "d.h", "u.a", "bzw", "ca", "nr", "str", "tel", "usw", "evtl", "inkl", "zzgl", "abs",
    "art", "mio", // Spanish and French
    "sra", "dra", "ud", "uds", "pág", "núm", "p.ej", "mme", "mlle", "p.ex", "env",
];

/// The sentences of `text`. A line break ends a sentence.
pub fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut sentences: Vec<Range<usize>> = Vec::new();
    if is_one(text) {
        push(&mut sentences, text, 0..text.len());
        return sentences;
    }
    let mut start = 0;
    for (offset, piece) in text.split_sentence_bound_indices() {
        let end = offset + piece.len();
        for stop in semicolons(piece) {
            push(&mut sentences, text, start..offset + stop);
            start = offset + stop;
        }
        if ends_sentence(&text[start..end], &text[end..]) {
            push(&mut sentences, text, start..end);
            start = end;
        }
    }
    push(&mut sentences, text, start..text.len());
    sentences
}

/// Whether nothing of what can end a sentence is in `text`; of the letters beyond ASCII it doesn't know.
fn is_one(text: &str) -> bool {
    let goes_on = |byte: u8| byte.is_ascii() && !matches!(byte, b'.' | b'?' | b'!' | b'\n' | b'\r');
    text.bytes().all(goes_on)
}

/// Ends of the Arabic semicolons in `piece` that are followed by white space.
fn semicolons(piece: &str) -> impl Iterator<Item = usize> {
    piece
        .match_indices('؛')
        .map(|(at, mark)| at + mark.len())
        .filter(|&end| piece[end..].starts_with(char::is_whitespace))
}

/// Whether the boundary that Unicode found between `sentence` and `rest` is one.
fn ends_sentence(sentence: &str, rest: &str) -> bool {
    if sentence.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) || rest.is_empty() {
        return true;
    }
    let body = sentence.trim_end();
    let spaced = body.len() < sentence.len();
    let Some(mark) = body.chars().next_back() else {
        return true;
    };
    if mark.is_ascii() && !spaced {
        return false;
    }
    let Some(stem) = body.strip_suffix('.') else {
        return true;
    };
    let word = stem
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '„' | '«' | '“'))
        .next()
        .unwrap_or(stem);
    let alone = stem.trim_start().len() == word.len();
    !(is_initial(word)
        || is_ordinal(word, alone)
        || ABBREVIATIONS.contains(&word.to_lowercase().as_str()))
}

/// A single capital, as in "J. Smith".
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none() && word != "I"
}

/// A number that counts a list ("1. Mix") or a date ("am 3. Mai"); a number of more digits ends a sentence.
fn is_ordinal(word: &str, alone: bool) -> bool {
    let digits = word.chars().count();
    word.chars().all(|c| c.is_ascii_digit())
        && (1..=if alone { 3 } else { 2 }).contains(&digits)
        && alone
}

fn push(sentences: &mut Vec<Range<usize>>, text: &str, range: Range<usize>) {
    let piece = &text[range.clone()];
    let start = range.start + piece.len() - piece.trim_start().len();
    let end = start + piece.trim().len();
    if start < end {
        sentences.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        ranges(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn full_stops_that_end_nothing_are_passed_over() {
        for text in [
            "Ask Dr. Haddad about it.",
            "It costs 3.50 euros, e.g. Friday nights.",
            "Siehe Nr. Zwei im Plan, z.B. Montag.",
            "Read https://example.com/menu?Lang=Ar first.",
            "J. R. R. Tolkien wrote it.",
            "1. Mix the flour.",
        ] {
            assert_eq!(sentences(text), [text]);
        }
    }

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        assert_eq!(
            sentences("Open daily. Closed on Friday! Really? Yes."),
            ["Open daily.", "Closed on Friday!", "Really?", "Yes."]
        );
        assert_eq!(
            sentences("First line\nSecond line"),
            ["First line", "Second line"]
        );
        assert_eq!(
            sentences("It opened in 1998. We moved."),
            ["It opened in 1998.", "We moved."]
        );
    }

    #[test]
    fn arabic_marks_end_sentences() {
        assert_eq!(
            sentences("هل لديكم توصيل؟ نعم؛ داخل الرياض فقط. أهلا بكم"),
            ["هل لديكم توصيل؟", "نعم؛", "داخل الرياض فقط.", "أهلا بكم"]
        );
        assert_eq!(
            sentences("یہ ایک جملہ ہے۔ دوسرا"),
            ["یہ ایک جملہ ہے۔", "دوسرا"]
        );
    }

    proptest! {
        #[test]
        fn what_has_no_mark_is_one_sentence(text in "[ -~\\t\\x0b\\x0c]{0,60}") {
            if is_one(&text) {
                prop_assert!(text.split_sentence_bound_indices().count() <= 1, "{text:?}");
            }
        }

        #[test]
        fn only_white_space_is_left_out(text in "\\PC{0,40}[.?!؟؛\n ]{0,3}\\PC{0,40}") {
            let mut end = 0;
            for range in ranges(&text) {
                prop_assert!(text[end..range.start].trim().is_empty());
                prop_assert!(!text[range.clone()].is_empty());
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
