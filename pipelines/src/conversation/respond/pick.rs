//! What a question wants of a table's rows besides properties they have: the cheapest, those below a price, those
//! without something. Read from the question's words alone, in the languages we have lists for.

mod words;

use crate::{
    conversation::context::is_ingredient,
    knowledge::analyse::{self, Query, Word},
};

use words::{
    ABOVE, BELOW, COMPARED, CONTAINS, COSTS, DENIALS, FREE, HIGHEST, LASTS, LOWEST, PRICE, UNITS,
};

/// What rows are picked by.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pick {
    /// The lowest or the highest amount only.
    pub(super) extreme: Option<Extreme>,
    /// Amounts within this only.
    pub(super) bound: Option<Bound>,
    /// Words of what rows must not have.
    pub(super) without: Vec<String>,
    /// Whether it asks for what is not, of whatever kind.
    pub(super) denies: bool,
    /// Whether it asks what something costs.
    pub(super) costs: bool,
    /// Whether it asks how long something takes or lasts.
    pub(super) lasts: bool,
    /// Whether it asks what is in something.
    pub(super) contains: bool,
}

/// One end of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extreme {
    Lowest,
    Highest,
}

/// A limit on an amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    Below(f64),
    Above(f64),
}

/// How far after such a word the thing may stand: "that don't contain any nuts".
const REACH: usize = 4;

impl Pick {
    /// What `question` picks by.
    pub(super) fn of(question: &str) -> Self {
        let words: Vec<String> = analyse::words(question).collect();
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let bound = bound(&words);
        // "Least expensive" is the cheapest, and "less than 30" neither end.
        let extreme = match bound {
            Some(_) => None,
            None if has(LOWEST) => Some(Extreme::Lowest),
            None if has(HIGHEST) => Some(Extreme::Highest),
            None => None,
        };
        Self {
            extreme,
            bound,
            without: without(&words),
            denies: words.iter().any(|word| is_denial(word)),
            costs: has(PRICE) || has(COSTS),
            lasts: has(LASTS),
            contains: has(CONTAINS) || words.iter().any(|word| is_ingredient(word)),
        }
    }

    /// Whether it is about amounts.
    pub(super) const fn compares(&self) -> bool {
        self.extreme.is_some() || self.bound.is_some()
    }

    /// The words of `query` that rows must have: those that pick otherwise left out.
    pub(super) fn wanted(&self, query: &Query) -> Vec<Word> {
        let is_left = |word: &&Word| {
            let text = word.text.as_str();
            let compares = self.compares()
                && (is_number(text)
                    || [LOWEST, HIGHEST, BELOW, ABOVE, COMPARED, PRICE]
                        .iter()
                        .any(|list| list.contains(&text)));
            let denies = !self.without.is_empty() && (is_denial(text) || text == FREE);
            !compares && !denies && !self.without.iter().any(|without| without == text)
        };
        query.words.iter().filter(is_left).cloned().collect()
    }

    /// The words of `query` that rows must not have.
    pub(super) fn unwanted<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = &'a Word> {
        let words = query.words.iter();
        words.filter(|word| self.without.contains(&word.text) && !word.is_generic)
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// The first number after a word of comparison.
fn bound(words: &[String]) -> Option<Bound> {
    let at = |list: &[&str]| words.iter().position(|word| list.contains(&word.as_str()));
    let number = |from: usize| {
        let mut after = words[from..].iter().take(REACH);
        after.find_map(|word| word.parse::<f64>().ok())
    };
    let below = at(BELOW).and_then(number).map(Bound::Below);
    below.or_else(|| at(ABOVE).and_then(number).map(Bound::Above))
}

/// Whether `word`, normalised, asks what something costs.
pub(super) fn is_cost(word: &str) -> bool {
    PRICE.contains(&word) || COSTS.contains(&word)
}

/// Whether `word`, normalised, asks what is in something.
pub(super) fn is_containing(word: &str) -> bool {
    CONTAINS.contains(&word)
}

/// Whether `word`, normalised, asks how long something takes or lasts.
pub(super) fn is_lasting(word: &str) -> bool {
    LASTS.contains(&word)
}

/// Whether a text such as "60 days before the end" says how long.
pub(super) fn is_duration(text: &str) -> bool {
    number(text).is_some() && analyse::words(text).any(|word| UNITS.contains(&word.as_str()))
}

/// Whether `word`, normalised, says that what follows is not.
pub(super) fn is_denial(word: &str) -> bool {
    DENIALS.contains(&word)
}

fn without(words: &[String]) -> Vec<String> {
    let denies = |at: &usize| {
        let next = words.get(at + 1).map(String::as_str);
        is_denial(&words[*at]) || words[*at] == FREE && matches!(next, Some("of" | "from"))
    };
    let Some(at) = (0..words.len()).find(denies) else {
        return Vec::new();
    };
    words[at + 1..].iter().take(REACH).cloned().collect()
}

/// The first number in a text such as "32 SAR", "1,190.50", "12,50 €" or "٣٢ ريال".
pub(super) fn number(text: &str) -> Option<f64> {
    analyse::words(text).find_map(|word| {
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
        let plain = match digits.rsplit_once(',') {
            Some((whole, cents)) if cents.len() <= 2 => format!("{whole}.{cents}"),
            Some(_) | None => digits.replace(',', ""),
        };
        plain.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(question: &str) -> (Option<Extreme>, Option<Bound>) {
        let pick = Pick::of(question);
        (pick.extreme, pick.bound)
    }

    #[test]
    fn comparisons_are_read_from_the_question() {
        assert_eq!(
            pick("What is the cheapest dish?"),
            (Some(Extreme::Lowest), None)
        );
        assert_eq!(
            pick("Your least expensive soup?"),
            (Some(Extreme::Lowest), None)
        );
        assert_eq!(
            pick("Which dish is most expensive?"),
            (Some(Extreme::Highest), None)
        );
        assert_eq!(pick("ما هو أرخص طبق؟"), (Some(Extreme::Lowest), None));
        assert_eq!(pick("ما أغلى طبق؟"), (Some(Extreme::Highest), None));
        assert_eq!(
            pick("vegan dishes under 30 SAR"),
            (None, Some(Bound::Below(30.0)))
        );
        assert_eq!(pick("Was kostet mehr als ich habe?"), (None, None));
        assert_eq!(
            pick("أطباق بأقل من ٣٠ ريال"),
            (None, None),
            "a particle written onto the word"
        );
        assert_eq!(
            pick("أطباق أقل من ٣٠ ريال"),
            (None, Some(Bound::Below(30.0)))
        );
    }

    #[test]
    fn what_is_not_wanted_stands_after_the_denial() {
        let without = |question: &str| {
            let (query, pick) = (Query::new(question), Pick::of(question));
            pick.unwanted(&query)
                .map(|word| word.text.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(without("Which dishes are not spicy?"), ["spicy"]);
        assert_eq!(without("Which dishes don't contain nuts?"), ["nuts"]);
        assert_eq!(without("أطباق بدون مكسرات"), ["مكسرات"]);
        assert!(without("Which dishes are gluten free?").is_empty());
    }

    #[test]
    fn a_number_of_days_is_a_duration() {
        assert!(is_duration("60 days before the end"));
        assert!(is_duration("٦٠ يومًا"));
        assert!(!is_duration("60 SAR"));
        assert!(!is_duration("every day"));
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        assert_eq!(number("32 SAR"), Some(32.0));
        assert_eq!(number("from 1,190.50"), Some(1190.5));
        assert_eq!(number("12,50 €"), Some(12.5));
        assert_eq!(number("٣٢ ريال"), Some(32.0));
        assert_eq!(number("free"), None);
    }
}
