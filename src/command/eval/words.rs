//! How far two texts hold the same words, whatever their order and layout.

use std::collections::HashMap;

/// Shares of words that are right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Agreement {
    /// Of the words found, those the reference has.
    pub(super) precision: f64,
    /// Of the reference's words, those found.
    pub(super) recall: f64,
}

impl Agreement {
    /// Compares as multisets of lower-case words; `None` where the reference has none.
    pub(super) fn of(found: &str, reference: &str) -> Option<Self> {
        let (found, wanted) = (count(found), count(reference));
        let total = |counts: &HashMap<String, usize>| counts.values().sum::<usize>();
        let shared: usize = wanted
            .iter()
            .map(|(word, n)| found.get(word).map_or(0, |have| *have.min(n)))
            .sum();
        let share = |of: usize| shared as f64 / of.max(1) as f64;
        (!wanted.is_empty()).then(|| Self {
            precision: share(total(&found)),
            recall: share(total(&wanted)),
        })
    }

    /// Their harmonic mean.
    pub(super) fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 {
            2.0 * self.precision * self.recall / sum
        } else {
            0.0
        }
    }
}

fn count(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    let text = text.to_lowercase();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_layout_do_not_matter_but_repetition_does() {
        let same = Agreement::of("soup | Falafel: 32", "Falafel 32\n- soup").unwrap();
        assert_eq!(same.f1(), 1.0);
        let twice = Agreement::of("soup soup", "soup").unwrap();
        assert_eq!((twice.precision, twice.recall), (0.5, 1.0));
        assert_eq!(Agreement::of("soup", " --- "), None);
        assert_eq!(Agreement::of("", "soup").unwrap().f1(), 0.0);
    }
}
