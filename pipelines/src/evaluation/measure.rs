//! Measures of rankings and of confidence, as the field has them.

/// The probability that a question with an answer gets more confidence than one without; `None` unless there are
/// both kinds. One half is what a coin would do.
pub fn auroc(with: &[f64], without: &[f64]) -> Option<f64> {
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let mut without = without.to_vec();
    without.sort_by(f64::total_cmp);
    let pairs: f64 = with
        .iter()
        .map(|confidence| {
            let below = without.partition_point(|other| other < confidence);
            let level = without.partition_point(|other| other <= confidence) - below;
            below as f64 + level as f64 / 2.0
        })
        .sum();
    Some(pairs / (with.len() as f64 * without.len() as f64))
}

/// The mean of what `score` gives for each place, 0 where there is none; `None` of no places.
pub(super) fn mean(places: &[Option<u32>], score: impl Fn(u32) -> f64) -> Option<f64> {
    let sum: f64 = places.iter().flatten().map(|place| score(*place)).sum();
    (!places.is_empty()).then(|| sum / places.len() as f64)
}

/// The share of `some` in `all`; `None` of nothing.
pub(super) fn share(some: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| some as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_that_tells_nothing_is_a_coin() {
        assert_eq!(auroc(&[0.5; 8], &[0.5; 8]), Some(0.5));
        assert_eq!(auroc(&[0.9, 0.8], &[0.3, 0.2]), Some(1.0));
        let partly = auroc(&[0.9, 0.8, 0.1], &[0.3, 0.2]).unwrap();
        assert!((partly - 4.0 / 6.0).abs() < 1e-9);
        assert_eq!(auroc(&[0.9], &[]), None);
    }

    #[test]
    fn a_missing_place_scores_nothing() {
        let places = [Some(1), Some(2), None, Some(12)];
        let reciprocal = mean(&places, |place| 1.0 / f64::from(place)).unwrap();
        assert!((reciprocal - (1.0 + 0.5 + 1.0 / 12.0) / 4.0).abs() < 1e-9);
        assert_eq!(mean(&[], |_| 1.0), None);
    }
}
