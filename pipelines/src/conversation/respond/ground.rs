//! Checks that what a model wrote is in the passages it cites.
//!
//! Sentence by sentence, so that a stream is checked before it is shown: markers of passages that were not
//! given are removed, and a sentence is dropped whole that has a number which its passages don't have, or hardly a
//! word of theirs. Deliberately simple: it catches an invented price and an invented story, not an invented adjective.

use std::collections::HashSet;

use crate::knowledge::{analyse, language, sentence};

/// Content words from which on a sentence is judged by them: of fewer, none says little.
const FEW: usize = 4;
/// One content word in so many must be its passages' or the question's. Said in other words, a statement keeps the
/// names of things; chosen with a wide margin, and not measured.
const ONE_IN: usize = 4;

/// A model's answer being checked.
pub(super) struct Grounding {
    /// What each passage that was given has.
    passages: Vec<Source>,
    /// The numbers of the question.
    question: HashSet<String>,
    /// All that the customer said.
    asked: Vec<String>,
    /// Passages cited so far, from 0, in the order of their first marker.
    cited: Vec<usize>,
}

/// What a passage has that a sentence may rest on.
pub(super) struct Source {
    numbers: HashSet<String>,
    terms: HashSet<String>,
    language: String,
}

impl Source {
    /// Of a passage's text, with its heading, in this language.
    pub(super) fn new(text: &str, language: &str) -> Self {
        Self {
            numbers: numbers(text),
            terms: analyse::words(text)
                .map(|word| analyse::term(&word, language))
                .collect(),
            language: language.to_owned(),
        }
    }
}

impl Grounding {
    /// For an answer to `question` from `passages`, which the model knows by their places from 1.
    pub(super) fn new(question: &str, passages: Vec<Source>) -> Self {
        Self {
            passages,
            question: numbers(question),
            asked: analyse::words(question).collect(),
            cited: Vec::new(),
        }
    }

    /// Passages cited so far, in the order of the markers.
    pub(super) fn cited(&self) -> &[usize] {
        &self.cited
    }

    /// The sentence with its markers renumbered, or nothing where it isn't grounded.
    pub(super) fn check(&mut self, sentence: &str) -> Option<String> {
        let (text, markers) = split_markers(sentence);
        let own: Vec<usize> = markers
            .into_iter()
            .filter(|&marker| marker < self.passages.len())
            .collect();
        let support: Vec<usize> = match (own.is_empty(), self.cited.is_empty()) {
            (false, _) => own.clone(),
            (true, false) => self.cited.clone(),
            (true, true) => (0..self.passages.len()).collect(),
        };
        let known = |number: &String| {
            self.question.contains(number)
                || support
                    .iter()
                    .any(|&passage| self.passages[passage].numbers.contains(number))
        };
        let stated = numbers(without_ordinal(&text));
        if let Some(number) = stated.iter().find(|number| !known(number)) {
            tracing::warn!(
                number,
                "a generated sentence was dropped: no cited passage has its number"
            );
            return None;
        }
        if !self.is_told(&text, &support) {
            tracing::warn!(
                "a generated sentence was dropped: it has hardly a word of its passages"
            );
            return None;
        }
        let mut checked = text.trim_end().to_owned();
        for passage in own {
            let number = self.number(passage);
            checked.push_str(&format!(" [{number}]"));
        }
        Some(checked).filter(|checked| !checked.trim().is_empty())
    }

    /// Whether a sentence has enough of the words of its passages, where they are in its language.
    fn is_told(&self, text: &str, support: &[usize]) -> bool {
        let Some(language) = language::detect(text) else {
            return true;
        };
        let support: Vec<&Source> = support.iter().map(|&at| &self.passages[at]).collect();
        if support.iter().any(|source| source.language != language) {
            return true;
        }
        let asked: HashSet<String> = self
            .asked
            .iter()
            .map(|word| analyse::term(word, language))
            .collect();
        let terms: Vec<String> = analyse::words(text)
            .filter(|word| !analyse::is_stop_word(word))
            .map(|word| analyse::term(&word, language))
            .collect();
        let known = terms.iter().filter(|term| {
            asked.contains(*term) || support.iter().any(|source| source.terms.contains(*term))
        });
        terms.len() < FEW || known.count() * ONE_IN >= terms.len()
    }

    fn number(&mut self, passage: usize) -> usize {
        if let Some(known) = self.cited.iter().position(|&cited| cited == passage) {
            return known + 1;
        }
        self.cited.push(passage);
        self.cited.len()
    }
}

/// The sentences of a model's text, each with the markers that follow its full stop and the line breaks after.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    for range in sentence::ranges(text) {
        let start = range.start + leading_markers(&text[range.clone()]);
        if start < range.end || starts.is_empty() {
            starts.push(if starts.is_empty() { 0 } else { start });
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &text[start..end])
        .collect()
}

/// Bytes of the markers, and white space between them, that `text` begins with.
fn leading_markers(text: &str) -> usize {
    let mut rest = text;
    while let Some((_, after)) = marker(rest) {
        rest = after.trim_start();
    }
    text.len() - rest.len()
}

/// The marker `[n]` or `[n, m]` at the beginning of `text`, from 0, and what follows it.
fn marker(text: &str) -> Option<(Vec<usize>, &str)> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    let numbers: Option<Vec<usize>> = inside
        .split([',', ';'])
        .map(|n| {
            n.trim()
                .trim_start_matches('^')
                .parse::<usize>()
                .ok()?
                .checked_sub(1)
        })
        .collect();
    Some((numbers?, after))
}

/// The text without its markers, and the passages they name.
pub(super) fn split_markers(sentence: &str) -> (String, Vec<usize>) {
    let (mut text, mut markers) = (String::with_capacity(sentence.len()), Vec::new());
    let mut rest = sentence;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        match marker(from) {
            Some((found, after)) => {
                text.truncate(text.trim_end_matches(' ').len());
                for number in found {
                    if !markers.contains(&number) {
                        markers.push(number);
                    }
                }
                rest = after;
            }
            None => {
                text.push('[');
                rest = &from[1..];
            }
        }
    }
    text.push_str(rest);
    (text, markers)
}

/// The text without the number that counts a list's line.
fn without_ordinal(text: &str) -> &str {
    let trimmed = text.trim_start();
    let rest = trimmed.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < trimmed.len() {
        rest.strip_prefix(['.', ')']).unwrap_or(trimmed)
    } else {
        trimmed
    }
}

/// Every number in `text`, digit groups joined and Arabic digits made plain.
fn numbers(text: &str) -> HashSet<String> {
    analyse::words(text)
        .flat_map(|word| {
            word.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
                .map(plain)
                .collect::<Vec<_>>()
        })
        .filter(|number| !number.is_empty())
        .collect()
}

/// A number without the zeros that only its writing has: "32.00" is "32".
fn plain(number: &str) -> String {
    let number = number.trim_matches(['.', ',']);
    match number.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grounding() -> Grounding {
        let passages = [
            "Falafel plate | 32 SAR",
            "We open at ٩ and seat 1,200 guests",
        ];
        let passages = passages.map(|text| Source::new(text, "en"));
        Grounding::new("a table for 4?", passages.into())
    }

    #[test]
    fn a_sentence_of_other_words_is_dropped() {
        let invented = "Our chef trained in Paris and has won several awards for pastry [2].";
        assert_eq!(grounding().check(invented), None);
        let told = "There is room for as many as 1200 guests, and the doors open at 9 [2].";
        assert!(grounding().check(told).is_some());
        assert!(grounding().check("Certainly, with pleasure! [2]").is_some());
        // Nothing to compare it with.
        let translated = "مطبخنا يفتح أبوابه في الساعة 9 صباحا ويستقبل الضيوف [2]";
        assert!(grounding().check(translated).is_some());
    }

    #[test]
    fn markers_are_renumbered_in_the_order_they_come() {
        let mut grounding = grounding();
        assert_eq!(
            grounding.check("We open at 9. [2]").as_deref(),
            Some("We open at 9. [1]")
        );
        assert_eq!(
            grounding.check("It is 32 [1][2].").as_deref(),
            Some("It is 32. [2] [1]")
        );
        assert_eq!(grounding.cited(), [1, 0]);
    }

    #[test]
    fn an_invented_number_drops_its_sentence() {
        let mut grounding = grounding();
        assert_eq!(grounding.check("It costs 35 SAR [1]."), None);
        assert_eq!(
            grounding.check("It costs 32.00 SAR [2]."),
            None,
            "cited from the wrong passage"
        );
        assert_eq!(
            grounding.check("For 4 it is 32 SAR [1].").as_deref(),
            Some("For 4 it is 32 SAR. [1]")
        );
        assert_eq!(
            grounding.check("2. We seat 1200 [2].").as_deref(),
            Some("2. We seat 1200. [2]")
        );
    }

    #[test]
    fn a_marker_of_no_passage_is_removed() {
        assert_eq!(
            grounding().check("We love guests [7].").as_deref(),
            Some("We love guests.")
        );
        assert_eq!(
            grounding().check("See [the menu] [1]").as_deref(),
            Some("See [the menu] [1]")
        );
    }

    #[test]
    fn markers_after_the_full_stop_belong_to_the_sentence() {
        assert_eq!(
            sentences("One. [1] Two. [2][3]\n- Three [1]"),
            ["One. [1] ", "Two. [2][3]\n", "- Three [1]"]
        );
        assert_eq!(sentences(""), [""; 0]);
    }
}
