//! A circuit breaker: a model that is down isn't asked by every customer until each has waited for it.
//!
//! After some failures in a row it rests. When the rest is over one request is let through, and only its success
//! lets the others follow. What must stay true: a rejected request says nothing of the model's health.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Failures in a row after which a model rests.
const FAILURES: u32 = 3;

/// For how long.
const REST: Duration = Duration::from_secs(30);

/// For how long at most where a provider asks for it.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// One model's.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    rests_until: Option<Instant>,
}

impl Breaker {
    /// Whether to ask the model now. Says yes once when a rest is over, and then the next one begins, in case nobody
    /// comes back to tell.
    pub(super) fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.rests_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.rests_until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    /// The model answered.
    pub(super) fn answered(&self) {
        *self.state() = State::default();
    }

    /// The model was down, too slow or too busy.
    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures += 1;
        if state.failures >= FAILURES {
            state.rests_until = state.rests_until.max(Some(now + REST));
        }
    }

    /// The model's provider wants to be left alone for so long.
    pub(super) fn rest(&self, now: Instant, asked: Duration) {
        if asked.is_zero() {
            return;
        }
        let until = now + asked.min(LONGEST_REST);
        let mut state = self.state();
        state.rests_until = state.rests_until.max(Some(until));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert!(breaker.lets_through(now));
            breaker.failed(now);
        }
        breaker
    }

    #[test]
    fn a_model_that_failed_often_rests_and_is_then_tried_by_one() {
        let now = Instant::now();
        let breaker = broken(now);
        assert!(!breaker.lets_through(now));
        let later = now + REST;
        assert!(breaker.lets_through(later), "one tries");
        assert!(!breaker.lets_through(later), "the others wait for it");
        breaker.failed(later);
        assert!(!breaker.lets_through(later + REST / 2));
        assert!(breaker.lets_through(later + REST));
        breaker.answered();
        assert!(breaker.lets_through(later + REST));
        assert!(breaker.lets_through(later + REST));
    }

    #[test]
    fn a_model_rests_as_long_as_its_provider_asks_within_reason() {
        let now = Instant::now();
        let breaker = Breaker::default();
        breaker.rest(now, Duration::ZERO);
        assert!(breaker.lets_through(now));
        breaker.rest(now, 2 * REST);
        breaker.failed(now);
        assert!(!breaker.lets_through(now + REST), "its own word holds");
        assert!(breaker.lets_through(now + 2 * REST));
        breaker.answered();
        breaker.rest(now, Duration::from_secs(1_000_000));
        assert!(!breaker.lets_through(now + LONGEST_REST / 2));
        assert!(breaker.lets_through(now + LONGEST_REST));
    }

    #[test]
    fn failures_with_successes_between_them_are_no_outage() {
        let now = Instant::now();
        let breaker = Breaker::default();
        for _ in 0..5 * FAILURES {
            breaker.failed(now);
            breaker.answered();
        }
        assert!(breaker.lets_through(now));
    }
}
