//! Measures of rankings and of confidence.

use serde::Serialize;
use wafaa_pipelines::evaluation::auroc;

/// How far down an article counts at all.
const DEPTH: usize = 10;

/// What rankings come to, each with one right article. All lie between 0 and 1.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Found {
    /// The share of questions whose first article is right.
    pub(super) r1: f64,
    /// That have it among the first five.
    pub(super) r5: f64,
    /// 1 ÷ log₂(place + 1) of the right one, on average.
    pub(super) ndcg10: f64,
    /// 1 ÷ place of the right one, on average.
    pub(super) mrr: f64,
}

impl Found {
    /// Of the places, from 0, at which the right article stands.
    pub(super) fn of(places: &[Option<usize>]) -> Self {
        let count = places.len().max(1) as f64;
        let mean = |score: &dyn Fn(usize) -> f64| {
            let places = places.iter().flatten().filter(|place| **place < DEPTH);
            places.map(|place| score(*place)).sum::<f64>() / count
        };
        Self {
            r1: mean(&|place| f64::from(u8::from(place == 0))),
            r5: mean(&|place| f64::from(u8::from(place < 5))),
            ndcg10: mean(&|place| 1.0 / (place as f64 + 2.0).log2()),
            mrr: mean(&|place| 1.0 / (place as f64 + 1.0)),
        }
    }
}

/// How well confidence tells questions that have an answer from others.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Told {
    /// The probability that a question with an answer gets more confidence than one without.
    pub(super) auroc: f64,
    /// The share of those with an answer that are answered where 5 % of the others are, too.
    pub(super) answered_at_5: f64,
    /// The confidence from which on that is so.
    pub(super) threshold: f64,
}

impl Told {
    /// Of the confidences in questions with an answer, and without.
    pub(super) fn of(mut with: Vec<f64>, mut without: Vec<f64>) -> Self {
        if with.is_empty() || without.is_empty() {
            return Self::default();
        }
        with.sort_by(f64::total_cmp);
        without.sort_by(f64::total_cmp);
        let threshold = without[without.len() * 95 / 100];
        let above = with.len() - with.partition_point(|confidence| *confidence <= threshold);
        Self {
            auroc: auroc(&with, &without).unwrap_or_default(),
            answered_at_5: above as f64 / with.len() as f64,
            threshold,
        }
    }
}

/// The share of `flags` that are set; 0 of none.
pub(super) fn share(flags: impl IntoIterator<Item = bool>) -> f64 {
    let (mut set, mut all) = (0_u32, 0_u32);
    for flag in flags {
        set += u32::from(flag);
        all += 1;
    }
    f64::from(set) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_less_the_lower_they_are() {
        let found = Found::of(&[Some(0), Some(1), Some(12), None]);
        assert_eq!((found.r1, found.r5), (0.25, 0.5));
        assert!((found.mrr - 0.375).abs() < 1e-9);
        assert!((found.ndcg10 - (1.0 + 1.0 / 3_f64.log2()) / 4.0).abs() < 1e-9);
    }

    #[test]
    fn confidence_that_tells_nothing_is_a_coin() {
        let told = Told::of(vec![0.5; 8], vec![0.5; 8]);
        assert!((told.auroc - 0.5).abs() < 1e-9);
        assert!(told.answered_at_5.abs() < 1e-9);
        let told = Told::of(vec![0.9, 0.8, 0.1], vec![0.3, 0.2]);
        assert!((told.auroc - 4.0 / 6.0).abs() < 1e-9);
        assert!((told.answered_at_5 - 2.0 / 3.0).abs() < 1e-9);
    }
}
