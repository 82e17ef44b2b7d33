//! Counting in this process. Governor decides; what it decides from is kept here by key.
//!
//! Governor's own stores belong to one quota each. Here a key outlives its quota, so what is kept is when the
//! bucket will be full and at which pace it was filling, and governor is shown the difference to now.

use std::{
    cell::Cell,
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use governor::{
    RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{NotKeyed, StateStore},
};

use super::{Key, Quota, Spend, Verdict};

/// Keys remembered before those whose bucket is full are dropped.
const KEPT: usize = 10_000;
/// Nothing is owed for longer: 366 days, in microseconds.
pub(super) const LONGEST: u64 = 366 * 24 * 60 * 60 * 1_000_000;

#[derive(Debug)]
pub(super) struct Local {
    since: Instant,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    buckets: HashMap<Key, Bucket>,
    /// How many there may be before the full ones are dropped.
    enough: usize,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// When it will be full, in microseconds since the start: the theoretical arrival time.
    full_at: u64,
    /// Microseconds for one cell when that was noted.
    each: u64,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            kept: Mutex::default(),
        }
    }
}

impl Local {
    pub(super) fn spend(&self, key: &Key, quota: Quota, spend: Spend) -> Verdict {
        let now = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.spend_at(key, quota, spend, now)
    }

    /// As if it were `now`, in microseconds since the start.
    pub(super) fn spend_at(&self, key: &Key, quota: Quota, spend: Spend, now: u64) -> Verdict {
        let mut kept = self.kept();
        let before = kept
            .buckets
            .get(key)
            .map_or(0, |bucket| bucket.backlog(quota, now));
        let verdict = decide(quota, spend, before);
        if verdict.granted && spend != Spend::Ask {
            kept.make_room(now);
            let bucket = Bucket {
                full_at: now + verdict.backlog,
                each: quota.each(),
            };
            kept.buckets.insert(key.clone(), bucket);
        }
        verdict
    }

    pub(super) fn forget(&self, key: &Key) {
        self.kept().buckets.remove(key);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing under this lock can panic half-way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn make_room(&mut self, now: u64) {
        if self.buckets.len() >= self.enough.max(KEPT) {
            self.buckets.retain(|_, bucket| bucket.full_at > now);
            // Looking through all of them again pays only once there are many more.
            self.enough = 2 * self.buckets.len();
        }
    }
}

impl Bucket {
    /// How far from full it is, at the pace of `quota`. What was used at another pace stays used, up to the
    /// whole of the new limit. In floating point, as in Lua, so that both round alike.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the product may be beyond 64 bits; the quotient is positive and cut to fit"
    )]
    fn backlog(self, quota: Quota, now: u64) -> u64 {
        let backlog = self.full_at.saturating_sub(now);
        if self.each == quota.each() {
            return backlog;
        }
        let scaled = (backlog as f64 * quota.each() as f64 / self.each as f64).floor();
        (scaled as u64).min(quota.full())
    }
}

fn decide(quota: Quota, spend: Spend, backlog: u64) -> Verdict {
    let cost = match spend {
        Spend::Take(cost) | Spend::Charge(cost) => u64::from(cost),
        Spend::Ask => 0,
    };
    let granted = matches!(spend, Spend::Charge(_)) || has_room(quota, spend, backlog);
    let used = if granted { cost } else { 0 };
    let after = backlog.saturating_add(quota.each().saturating_mul(used));
    Verdict {
        granted,
        backlog: if used == 0 {
            backlog
        } else {
            after.min(LONGEST)
        },
    }
}

/// Governor's decision.
fn has_room(quota: Quota, spend: Spend, backlog: u64) -> bool {
    let needed = NonZeroU32::new(spend.needs(quota)).unwrap_or(NonZeroU32::MIN);
    let backlog = Backlog(Cell::new(Nanos::new(backlog.saturating_mul(1_000))));
    let limiter: RateLimiter<_, _, _, NoOpMiddleware<Nanos>> =
        RateLimiter::new(quota.governor(), backlog, Standing);
    matches!(limiter.check_n(needed), Ok(Ok(())))
}

/// How far ahead of now a key's theoretical arrival time is.
struct Backlog(Cell<Nanos>);

impl StateStore for Backlog {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (outcome, after) = decide(Some(self.0.get()))?;
        self.0.set(after);
        Ok(outcome)
    }
}

/// A clock that stands at now, from which [`Backlog`] counts.
struct Standing;

impl Clock for Standing {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::default()
    }
}
