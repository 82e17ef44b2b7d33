//! BM25 of three letters in a row, among the candidates.
//!
//! Stems miss what is written together or bent inside the word: "Versicherungsnummer" for a question about a
//! "Versicherung", an Arabic plural, a typing mistake. Three letters in a row find them. They weigh little beside
//! whole words, and are counted among the candidates only, so no index holds them.

use crate::knowledge::analyse::Query;

/// Letters in a row.
const LENGTH: usize = 3;

/// BM25's usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Three letters, 21 bits each; a shorter word has fewer.
type Gram = u64;

/// How much of a question's letters a candidate has.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Letters {
    /// BM25.
    pub(super) score: f32,
    /// The share of them it has at all, weighted by rarity, 0 to 1.
    pub(super) share: f32,
}

/// The letters of each candidate, given by its words.
#[expect(clippy::cast_precision_loss, reason = "counts of letters are small")]
pub(super) fn count(
    query: &Query,
    candidates: impl Iterator<Item = impl Iterator<Item = String>>,
) -> Vec<Letters> {
    let mut asked: Vec<Gram> = query
        .words
        .iter()
        .flat_map(|word| grams(&word.text))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let counted: Vec<(Vec<f32>, f32)> =
        candidates.map(|words| frequencies(&asked, words)).collect();
    let all = counted.len() as f32;
    let average = counted.iter().map(|(_, length)| length).sum::<f32>() / all.max(1.0);
    let mut letters = vec![Letters::default(); counted.len()];
    let mut total = 0.0;
    for gram in 0..asked.len() {
        let found = counted
            .iter()
            .filter(|(counts, _)| counts[gram] > 0.0)
            .count() as f32;
        let rarity = ((all - found + 0.5) / (found + 0.5)).ln_1p();
        total += rarity;
        for (letters, (counts, length)) in letters.iter_mut().zip(&counted) {
            let frequency = counts[gram];
            let norm = K1 * (1.0 - B + B * length / average.max(1.0));
            letters.score += rarity * frequency * (K1 + 1.0) / (frequency + norm);
            letters.share += if frequency > 0.0 { rarity } else { 0.0 };
        }
    }
    for one in &mut letters {
        one.share /= if total > 0.0 { total } else { 1.0 };
    }
    letters
}

/// How often each of `asked`, which is sorted, is in `words`, and how many of any kind there are.
fn frequencies(asked: &[Gram], words: impl Iterator<Item = String>) -> (Vec<f32>, f32) {
    let mut counts = vec![0.0; asked.len()];
    let mut length = 0.0;
    for word in words {
        for gram in grams(&word) {
            length += 1.0;
            if let Ok(place) = asked.binary_search(&gram) {
                counts[place] += 1.0;
            }
        }
    }
    (counts, length)
}

/// Every three letters in a row of a word; all of it where it is shorter.
fn grams(word: &str) -> impl Iterator<Item = Gram> {
    let mut window: Gram = 0;
    let mask = (1 << (21 * LENGTH)) - 1;
    let letters = word.chars().count();
    word.chars().enumerate().filter_map(move |(place, letter)| {
        window = (window << 21 | Gram::from(u32::from(letter))) & mask;
        (place + 1 >= LENGTH.min(letters)).then_some(window)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::analyse;

    fn scores_of(question: &str, texts: &[&str]) -> Vec<f32> {
        let words = texts.iter().map(|text| analyse::words(text));
        let letters = count(&Query::new(question), words);
        assert!(
            letters
                .iter()
                .all(|one| (0.0..=1.0001).contains(&one.share)),
            "{letters:?}"
        );
        letters.iter().map(|one| one.score).collect()
    }

    #[test]
    fn parts_of_words_and_mistyped_words_are_found() {
        let texts = [
            "Die Mietkaution beträgt eine Monatsmiete.",
            "Der Garten ist offen.",
            "Die Halle auch.",
        ];
        for question in ["Kaution", "Kation", "Mietkautionen"] {
            let scores = scores_of(question, &texts);
            assert!(
                scores[0] > scores[1] && scores[0] > scores[2],
                "{question}: {scores:?}"
            );
        }
    }

    #[test]
    fn short_words_count_whole() {
        assert_eq!(grams("ab").count(), 1);
        assert_eq!(grams("abcd").count(), 2);
        assert_eq!(grams("").count(), 0);
        let scores = scores_of("42", &["421 rooms", "42 rooms", "no rooms"]);
        assert!(scores[1] > 0.0 && scores[0] == 0.0, "{scores:?}");
    }

    #[test]
    fn nothing_asked_or_nothing_there_is_no_score() {
        assert_eq!(scores_of("?", &["a text"]), [0.0]);
        assert!(scores_of("question", &[]).is_empty());
    }
}
