//! Cutting texts where it hurts least: after a paragraph, else a line, a sentence, a word.

use crate::limits::Unit;

/// A cut earlier than this share of the limit wastes more than it is worth.
const LEAST_SHARE: usize = 3;
const ELLIPSIS: char = '…';

pub(crate) fn measure(text: &str, unit: Unit) -> usize {
    text.chars().map(|character| unit.of(character)).sum()
}

/// The text in parts of at most `limit` units.
pub(crate) fn parts(text: &str, limit: usize, unit: Unit) -> Vec<String> {
    let mut rest = text.trim();
    let mut parts = Vec::new();
    while measure(rest, unit) > limit {
        let (part, others) = rest.split_at(cut(rest, limit, unit));
        if !part.trim_end().is_empty() {
            parts.push(part.trim_end().to_owned());
        }
        rest = others.trim_start();
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}

/// The text, or as much of it as fits before an ellipsis; and whether it was cut.
pub(crate) fn shorten(text: &str, limit: usize, unit: Unit) -> (String, bool) {
    if measure(text, unit) <= limit {
        return (text.to_owned(), false);
    }
    let room = limit.saturating_sub(unit.of(ELLIPSIS));
    let head = &text[..cut(text, room, unit)];
    // Where there is room for the mark only, it stands alone.
    let head = if measure(head, unit) > room { "" } else { head };
    let mut short = head.trim_end().to_owned();
    short.push(ELLIPSIS);
    (short, true)
}

/// Where to cut a text that is too long: a byte index after its first character, within the limit if that character is.
fn cut(text: &str, limit: usize, unit: Unit) -> usize {
    let mut used = 0;
    let end = text
        .char_indices()
        .find(|(_, character)| {
            used += unit.of(*character);
            used > limit
        })
        .map_or(text.len(), |(index, _)| index);
    let first = text.chars().next().map_or(0, char::len_utf8);
    if end < first {
        return first; // a limit below one character: it must go on all the same
    }
    let head = &text[..end];
    let least = end / LEAST_SHARE;
    let after = |found: Option<usize>| found.filter(|index| *index > least);
    after(head.rfind("\n\n"))
        .or_else(|| after(head.rfind('\n')))
        .or_else(|| after(sentence_end(head)))
        .or_else(|| after(head.rfind(char::is_whitespace)))
        .unwrap_or(end)
        .max(first)
}

/// The end of the last sentence that ends in `text` before a space.
fn sentence_end(text: &str) -> Option<usize> {
    let is_end =
        |character: char| matches!(character, '.' | '!' | '?' | '؟' | '۔' | '。' | '！' | '？');
    text.char_indices()
        .zip(text.chars().skip(1))
        .filter(|((_, character), next)| is_end(*character) && next.is_whitespace())
        .map(|((index, character), _)| index + character.len_utf8())
        .last()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cuts_come_after_paragraphs_sentences_and_words() {
        let cases = [
            (
                "First one.\n\nSecond one, longer.",
                20,
                vec!["First one.", "Second one, longer."],
            ),
            (
                "One is here. Two is there.",
                16,
                vec!["One is here.", "Two is there."],
            ),
            ("أين أنتم؟ نحن هنا.", 12, vec!["أين أنتم؟", "نحن هنا."]),
            ("some words here", 11, vec!["some words", "here"]),
            ("unbreakable", 4, vec!["unbr", "eaka", "ble"]),
            ("short", 5, vec!["short"]),
            ("   ", 1, vec![]),
        ];
        for (text, limit, expected) in cases {
            assert_eq!(parts(text, limit, Unit::Chars), expected);
        }
    }

    #[test]
    fn what_is_cut_off_is_marked() {
        let (short, cut) = shorten("One is here. Two is there.", 16, Unit::Chars);
        assert_eq!((short.as_str(), cut), ("One is here.…", true));
        assert_eq!(
            shorten("as it is", 8, Unit::Chars),
            ("as it is".into(), false)
        );
    }

    proptest! {
        #[test]
        fn parts_fit_and_lose_nothing_but_spaces(text in "[a-z؟😀ش .\n]{0,80}", limit in 4_usize..30) {
            for unit in [Unit::Chars, Unit::Bytes, Unit::Utf16] {
                let parts = parts(&text, limit, unit);
                for part in &parts {
                    prop_assert!(!part.is_empty() && measure(part, unit) <= limit, "{part:?}");
                }
                let solid = |text: &str| text.split_whitespace().collect::<String>();
                prop_assert_eq!(solid(&parts.concat()), solid(&text));
                let (short, cut) = shorten(&text, limit, unit);
                prop_assert!(measure(&short, unit) <= limit.max(measure(&text, unit).min(limit)));
                prop_assert_eq!(cut, measure(&text, unit) > limit);
            }
        }
    }
}
