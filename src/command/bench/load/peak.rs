//! The highest rate that an installation bears, by doubling and then by halving the distance.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::summary::Summary;

/// The search ends when what is borne and what isn't are this near, as a share of what is borne.
const NEAR: f64 = 0.05;
/// Rates below it are not looked for.
const LOWEST: f64 = 0.5;
/// The most rates that are tried.
const STEPS: usize = 20;

/// A rate that was tried.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Step {
    /// Requests a second.
    pub(super) offered: f64,
    /// Answers a second.
    pub(super) rate: f64,
    pub(super) wrong: u64,
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) leaks: u64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) lag_p99_ms: f64,
    pub(super) borne: bool,
}

impl Step {
    /// What came of a rate. It is borne when nothing went wrong, and the 95th percentile as well as what was left to do
    /// at the end stayed below the limit.
    pub(super) fn of(summary: &Summary, p95_limit: Duration) -> Option<Self> {
        let total = summary.total()?;
        let limit = p95_limit.as_secs_f64();
        let left = summary.seconds - summary.plan.seconds;
        Some(Self {
            offered: summary.plan.rate,
            rate: total.rate,
            wrong: total.wrong,
            errors: total.errors.clone(),
            leaks: summary.leaks,
            p50_ms: total.p50_ms,
            p95_ms: total.p95_ms,
            p99_ms: total.p99_ms,
            lag_p99_ms: summary.lag_p99_ms,
            borne: summary.passed && total.p95_ms < limit * 1_000.0 && left < limit,
        })
    }
}

/// Which rate to try next, knowing what was tried.
pub(super) fn next(steps: &[Step], first: f64) -> Option<f64> {
    if steps.len() >= STEPS {
        return None;
    }
    let too_much = steps.iter().filter(|step| !step.borne);
    let too_much = too_much.map(|step| step.offered).min_by(f64::total_cmp);
    match (highest(steps), too_much) {
        (None, None) => Some(first),
        (Some(borne), None) => Some(borne * 2.0),
        (None, Some(too_much)) => Some(too_much / 2.0).filter(|rate| *rate >= LOWEST),
        (Some(borne), Some(too_much)) => {
            let is_far = too_much - borne > NEAR * borne;
            is_far.then(|| f64::midpoint(borne, too_much))
        }
    }
}

/// The highest rate that was borne, below any that wasn't.
pub(super) fn highest(steps: &[Step]) -> Option<f64> {
    let too_much = steps.iter().filter(|step| !step.borne);
    let bound = too_much
        .map(|step| step.offered)
        .fold(f64::INFINITY, f64::min);
    let borne = steps
        .iter()
        .filter(|step| step.borne && step.offered < bound);
    borne.map(|step| step.offered).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::bench::load::{
        outcome::{Failure, Verdict},
        summary::tests::summary,
    };

    fn search(first: f64, is_borne: impl Fn(f64) -> bool) -> (Option<f64>, usize) {
        let sample = Step::of(&summary(|_| Verdict::Right), Duration::from_secs(2));
        let sample = sample.expect("requests");
        let mut steps = Vec::new();
        while let Some(offered) = next(&steps, first) {
            steps.push(Step {
                offered,
                borne: is_borne(offered),
                ..sample.clone()
            });
        }
        (highest(&steps), steps.len())
    }

    #[test]
    fn the_limit_is_found_from_below_and_from_above() {
        for first in [1.0, 20.0, 777.0, 5_000.0] {
            let (found, steps) = search(first, |rate| rate < 333.0);
            let found = found.expect("a rate");
            assert!((316.0..333.0).contains(&found), "{found} from {first}");
            assert!(steps <= 15, "{steps}");
        }
    }

    #[test]
    fn a_search_ends_where_there_is_no_limit_or_nothing_is_borne() {
        assert_eq!(search(20.0, |_| false).0, None);
        assert_eq!(search(20.0, |_| true).1, STEPS);
    }

    #[test]
    fn slowness_errors_and_falling_behind_are_too_much() {
        let borne = |verdict: fn(u64) -> Verdict, limit| {
            let step = Step::of(&summary(verdict), Duration::from_millis(limit));
            step.expect("requests").borne
        };
        assert!(borne(|_| Verdict::Right, 2_000));
        assert!(
            !borne(|_| Verdict::Right, 900),
            "the 95th percentile is 950 ms"
        );
        let fails = |n| match n {
            50 => Verdict::Failed(Failure::Status(500)),
            _ => Verdict::Right,
        };
        assert!(!borne(fails, 2_000));
    }
}
