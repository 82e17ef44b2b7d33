//! What was measured, in memory that depends on how long the run is, never on how many requests it sends.
//!
//! All requests are in the latencies, those that failed too: leaving out what timed out would flatter.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::{Counter, CreationError, Histogram};

use super::{
    outcome::{Failure, Outcome, Verdict},
    schedule::Arrival,
};
use crate::cli::Kind;

/// The most points of a time series.
const SLOTS: u32 = 600;
/// Examples that are kept of what went wrong.
const EXAMPLES: usize = 5;

/// Everything measured.
pub(super) struct Tally {
    pub(super) kinds: [Measured; Kind::ALL.len()],
    /// From when requests were due until they were sent, in microseconds.
    pub(super) lag: Histogram<u64>,
    /// How long a slot lasts.
    pub(super) width: Duration,
    pub(super) slots: Vec<Slot>,
    pub(super) leaks: u64,
    pub(super) leak_examples: Vec<String>,
    pub(super) wrong_examples: Vec<String>,
    /// When the last answer came, from the beginning of what is counted.
    pub(super) last: Duration,
    warm_up: Duration,
    empty: Slot,
}

/// Requests of one kind.
#[derive(Clone)]
pub(super) struct Measured {
    pub(super) ok: u64,
    pub(super) wrong: u64,
    pub(super) failed: BTreeMap<Failure, u64>,
    /// In microseconds, to three digits.
    pub(super) latency: Histogram<u64>,
}

/// A span of the run.
#[derive(Clone)]
pub(super) struct Slot {
    /// Requests that were answered as they should be in this span, whenever they were due.
    pub(super) ok: u64,
    /// Requests that failed in this span.
    pub(super) failed: u64,
    /// Latency of the requests that were due in this span, in microseconds, to two digits.
    pub(super) latency: Histogram<u32>,
}

/// A request's times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// From when it was due until it was sent.
    pub(super) lag: Duration,
    /// From when it was due until it was answered.
    pub(super) latency: Duration,
}

impl Tally {
    /// # Errors
    /// Never with these bounds; the histograms' own check.
    pub(super) fn new(warm_up: Duration, duration: Duration) -> Result<Self, CreationError> {
        let measured = Measured {
            ok: 0,
            wrong: 0,
            failed: BTreeMap::new(),
            latency: Histogram::new(3)?,
        };
        Ok(Self {
            kinds: std::array::from_fn(|_| measured.clone()),
            lag: Histogram::new(3)?,
            width: Duration::from_secs(1).max(duration / SLOTS),
            slots: Vec::new(),
            leaks: 0,
            leak_examples: Vec::new(),
            wrong_examples: Vec::new(),
            last: Duration::ZERO,
            warm_up,
            empty: Slot {
                ok: 0,
                failed: 0,
                latency: Histogram::new(2)?,
            },
        })
    }

    /// Counts a request; of the warm-up, leaks only.
    pub(super) fn count(&mut self, arrival: Arrival, times: Times, outcome: Outcome) {
        if let Verdict::Leak(example) = &outcome.verdict {
            self.leaks += 1;
            keep(&mut self.leak_examples, example);
        }
        let Some(due) = arrival.due.checked_sub(self.warm_up) else {
            return;
        };
        let is_failure = matches!(outcome.verdict, Verdict::Failed(_) | Verdict::Leak(_));
        let latency = microseconds(times.latency);
        let measured = &mut self.kinds[outcome.kind as usize];
        record(&mut measured.latency, latency);
        match outcome.verdict {
            Verdict::Right => measured.ok += 1,
            Verdict::Wrong(example) => {
                measured.wrong += 1;
                keep(&mut self.wrong_examples, &example);
            }
            Verdict::Failed(failure) => *measured.failed.entry(failure).or_default() += 1,
            Verdict::Leak(_) => {}
        }
        record(&mut self.lag, microseconds(times.lag));
        record(&mut self.slot(due).latency, latency);
        let end = due + times.latency;
        let slot = self.slot(end);
        if is_failure {
            slot.failed += 1;
        } else {
            slot.ok += 1;
        }
        self.last = self.last.max(end);
    }

    fn slot(&mut self, at: Duration) -> &mut Slot {
        let place = (at.as_micros() / self.width.as_micros()) as usize;
        if self.slots.len() <= place {
            self.slots.resize(place + 1, self.empty.clone());
        }
        &mut self.slots[place]
    }
}

impl Measured {
    pub(super) fn sent(&self) -> u64 {
        self.latency.len()
    }

    /// Adds what was measured of another kind.
    pub(super) fn add(&mut self, other: &Self) {
        self.ok += other.ok;
        self.wrong += other.wrong;
        for (failure, count) in &other.failed {
            *self.failed.entry(*failure).or_default() += count;
        }
        // Both grow as they need, so nothing can be out of their range.
        let _ = self.latency.add(&other.latency);
    }
}

fn keep(examples: &mut Vec<String>, example: &str) {
    if examples.len() < EXAMPLES {
        examples.push(example.to_owned());
    }
}

/// Grows the histogram as needed, which its own `saturating_record` would not.
fn record<T: Counter>(histogram: &mut Histogram<T>, value: u64) {
    // Fails only where it may not grow.
    let _ = histogram.record(value);
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(tally: &mut Tally, due: u64, latency: u64, verdict: Verdict) {
        let arrival = Arrival {
            number: 0,
            due: Duration::from_millis(due),
        };
        let times = Times {
            lag: Duration::ZERO,
            latency: Duration::from_millis(latency),
        };
        let kind = Kind::Ask;
        tally.count(arrival, times, Outcome { kind, verdict });
    }

    #[test]
    fn latency_is_of_when_a_request_was_due_and_throughput_of_when_it_was_answered() {
        let mut tally = Tally::new(Duration::from_secs(1), Duration::from_secs(4)).expect("bounds");
        request(&mut tally, 500, 9_000, Verdict::Right);
        request(&mut tally, 1_100, 20, Verdict::Right);
        request(&mut tally, 1_200, 2_500, Verdict::Right);
        request(&mut tally, 2_300, 10, Verdict::Failed(Failure::Status(503)));
        let slots: Vec<_> = tally
            .slots
            .iter()
            .map(|slot| (slot.latency.len(), slot.ok, slot.failed))
            .collect();
        assert_eq!(slots, [(2, 1, 0), (1, 0, 1), (0, 1, 0)]);
        let asked = &tally.kinds[Kind::Ask as usize];
        assert_eq!((asked.sent(), asked.ok), (3, 2));
        assert_eq!(asked.failed.get(&Failure::Status(503)), Some(&1));
        assert_eq!(tally.last, Duration::from_millis(2_700));
    }

    #[test]
    fn a_leak_counts_even_while_warming_up() {
        let mut tally = Tally::new(Duration::from_secs(1), Duration::from_secs(4)).expect("bounds");
        request(&mut tally, 0, 10, Verdict::Leak("WQX0001".into()));
        assert_eq!((tally.leaks, tally.slots.len()), (1, 0));
    }

    #[test]
    fn memory_is_bounded_by_time() {
        let mut tally = Tally::new(Duration::ZERO, Duration::from_secs(36_000)).expect("bounds");
        assert_eq!(tally.width, Duration::from_secs(60));
        for n in 0..100_000_u64 {
            request(&mut tally, n * 360, 1 + n % 7_000, Verdict::Right);
        }
        assert!(tally.slots.len() <= 602);
        let counters = tally
            .slots
            .iter()
            .map(|slot| slot.latency.distinct_values());
        assert!(counters.max() < Some(10_000));
    }
}
