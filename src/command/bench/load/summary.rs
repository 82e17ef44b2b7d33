//! What a run comes to, in numbers.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::{Counter, Histogram};
use serde::Serialize;

use super::tally::{Measured, Slot, Tally};
use crate::cli::{Arrivals, Kind, Load};

/// The generator fell behind when 1 % of its requests were sent this late. They count as slow all the same.
const BEHIND_MS: f64 = 50.0;

#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) plan: Plan,
    /// One line for each kind that was sent, then the total.
    pub(super) lines: Vec<Line>,
    /// Until the last answer, when that came after the end.
    pub(super) seconds: f64,
    pub(super) lag_p50_ms: f64,
    pub(super) lag_p99_ms: f64,
    /// Whether the generator fell behind its own schedule.
    pub(super) behind: bool,
    pub(super) leaks: u64,
    pub(super) leak_examples: Vec<String>,
    pub(super) wrong_examples: Vec<String>,
    pub(super) passed: bool,
    pub(super) series: Vec<Point>,
}

/// What was asked for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Plan {
    pub(super) urls: Vec<String>,
    pub(super) rate: f64,
    pub(super) seconds: f64,
    pub(super) arrivals: Arrivals,
    pub(super) mix: String,
    pub(super) tenants: u16,
    pub(super) seed: u64,
}

/// Requests of one kind, or all.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) kind: &'static str,
    pub(super) sent: u64,
    pub(super) ok: u64,
    /// Answered without what was asked for.
    pub(super) wrong: u64,
    /// Failed, by status or cause.
    pub(super) errors: BTreeMap<String, u64>,
    /// Answered as they should be, a second.
    pub(super) rate: f64,
    pub(super) p50_ms: f64,
    pub(super) p90_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

/// A span of the run; of latencies, those of the requests that were due in it.
#[derive(Debug, Serialize)]
pub(super) struct Point {
    /// When the span begins.
    pub(super) second: f64,
    /// Requests that were due, a second.
    pub(super) due: f64,
    /// Requests that were answered, a second.
    pub(super) ok: f64,
    /// Requests that failed, a second.
    pub(super) failed: f64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Plan {
    pub(super) fn of(load: &Load) -> Self {
        Self {
            urls: load.url.clone(),
            rate: load.rate,
            seconds: load.duration.as_secs_f64(),
            arrivals: load.arrivals,
            mix: load.mix.to_string(),
            tenants: load.tenants,
            seed: load.seed,
        }
    }
}

impl Summary {
    /// Sums up. Passed is a run without failures or leaks, and with no more than `max_wrong` percent wrong answers.
    pub(super) fn of(plan: Plan, tally: &Tally, max_wrong: f64) -> Self {
        // Longer than planned when answers were still due at the end.
        let seconds = plan.seconds.max(tally.last.as_secs_f64());
        let mut lines: Vec<Line> = Vec::new();
        let mut total: Option<Measured> = None;
        for (kind, measured) in Kind::ALL.into_iter().zip(&tally.kinds) {
            if measured.sent() > 0 {
                lines.push(Line::of(kind.as_str(), measured, seconds));
                match &mut total {
                    None => total = Some(measured.clone()),
                    Some(total) => total.add(measured),
                }
            }
        }
        let total = total.unwrap_or_else(|| tally.kinds[0].clone());
        let total = Line::of("total", &total, seconds);
        let answered = total.ok + total.wrong;
        let wrong = 100.0 * total.wrong as f64 / answered.max(1) as f64;
        let lag_p99_ms = at(&tally.lag, 0.99);
        let passed = total.ok > 0 && total.failed() == 0 && tally.leaks == 0 && wrong <= max_wrong;
        lines.push(total);
        Self {
            plan,
            lines,
            seconds,
            lag_p50_ms: at(&tally.lag, 0.5),
            lag_p99_ms,
            behind: lag_p99_ms > BEHIND_MS,
            leaks: tally.leaks,
            leak_examples: tally.leak_examples.clone(),
            wrong_examples: tally.wrong_examples.clone(),
            passed,
            series: series(&tally.slots, tally.width),
        }
    }

    /// The line of all requests.
    pub(super) fn total(&self) -> Option<&Line> {
        self.lines.last()
    }
}

impl Line {
    fn of(kind: &'static str, measured: &Measured, seconds: f64) -> Self {
        let latency = &measured.latency;
        let errors = measured.failed.iter();
        Self {
            kind,
            sent: measured.sent(),
            ok: measured.ok,
            wrong: measured.wrong,
            errors: errors.map(|(why, n)| (why.to_string(), *n)).collect(),
            rate: (measured.ok + measured.wrong) as f64 / seconds,
            p50_ms: at(latency, 0.5),
            p90_ms: at(latency, 0.9),
            p95_ms: at(latency, 0.95),
            p99_ms: at(latency, 0.99),
            max_ms: at(latency, 1.0),
        }
    }

    pub(super) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

fn series(slots: &[Slot], width: Duration) -> Vec<Point> {
    let width = width.as_secs_f64();
    let point = |(place, slot): (usize, &Slot)| Point {
        second: place as f64 * width,
        due: slot.latency.len() as f64 / width,
        ok: slot.ok as f64 / width,
        failed: slot.failed as f64 / width,
        p50_ms: at(&slot.latency, 0.5),
        p95_ms: at(&slot.latency, 0.95),
        p99_ms: at(&slot.latency, 0.99),
        max_ms: at(&slot.latency, 1.0),
    };
    slots.iter().enumerate().map(point).collect()
}

/// A quantile in milliseconds.
fn at<T: Counter>(histogram: &Histogram<T>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1_000.0
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::command::bench::load::{
        outcome::{Failure, Outcome, Verdict},
        schedule::Arrival,
        tally::Times,
    };

    /// Ten requests a second for ten seconds, each as `verdict` says, answered after 10 to 1,000 ms.
    pub(in super::super) fn summary(verdict: impl Fn(u64) -> Verdict) -> Summary {
        let seconds = Duration::from_secs(10);
        let mut tally = Tally::new(Duration::ZERO, seconds).expect("bounds");
        for number in 0..100 {
            let due = Duration::from_millis(100 * number);
            let times = Times {
                lag: Duration::from_millis(1),
                latency: Duration::from_millis(10 * (number + 1)),
            };
            let outcome = Outcome {
                kind: if number % 4 == 0 {
                    Kind::Search
                } else {
                    Kind::Ask
                },
                verdict: verdict(number),
            };
            tally.count(Arrival { number, due }, times, outcome);
        }
        let plan = Plan {
            urls: vec!["http://127.0.0.1:8000".into()],
            rate: 10.0,
            seconds: 10.0,
            arrivals: Arrivals::Uniform,
            mix: "ask=75,search=25".into(),
            tenants: 2,
            seed: 1,
        };
        Summary::of(plan, &tally, 1.0)
    }

    #[test]
    fn kinds_add_up() {
        let summary = summary(|_| Verdict::Right);
        let sent: Vec<_> = summary
            .lines
            .iter()
            .map(|line| (line.kind, line.sent))
            .collect();
        assert_eq!(sent, [("ask", 75), ("search", 25), ("total", 100)]);
        let total = summary.total().expect("a total");
        assert!((total.p50_ms - 500.0).abs() < 5.0 && (total.p99_ms - 990.0).abs() < 5.0);
        // The last answer came 0.9 s after the end.
        assert!((total.rate - 100.0 / 10.9).abs() < 0.01, "{}", total.rate);
        assert!(summary.passed && !summary.behind);
        assert_eq!(summary.series.len(), 11);
        assert!((summary.series[0].due - 10.0).abs() < 1e-9);
    }

    #[test]
    fn errors_leaks_and_wrong_answers_fail_a_run() {
        let one = |wanted: fn() -> Verdict| {
            summary(move |n| if n == 5 { wanted() } else { Verdict::Right }).passed
        };
        assert!(!one(|| Verdict::Failed(Failure::TimeOut)));
        assert!(!one(|| Verdict::Leak("WQX0002".into())));
        assert!(one(|| Verdict::Wrong("no price".into())), "1 % is allowed");
        let two = summary(|n| {
            if n < 2 {
                Verdict::Wrong("no price".into())
            } else {
                Verdict::Right
            }
        });
        assert!(!two.passed);
        assert_eq!(two.wrong_examples.len(), 2);
    }
}
