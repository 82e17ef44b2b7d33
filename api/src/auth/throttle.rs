//! Slows down guessing of passwords, by address and by where it comes from.
//!
//! An address may be tried five times, then every ten seconds; signing in clears it. One host may try many
//! addresses (an office behind one address does), but not hundreds. Per process: with several, the limits
//! multiply, which guessing does not survive either.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use crate::error::{Error, Result};

const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();
const ADDRESS_PERIOD: Duration = Duration::from_secs(10);
const HOST_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
const HOST_PERIOD: Duration = Duration::from_secs(1);
/// Keys remembered before those that have recovered are dropped.
const KEPT: usize = 10_000;
/// After this both kinds of key have recovered in full.
const RECOVERY: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Throttle {
    addresses: Mutex<Limits>,
    hosts: Mutex<Limits>,
}

type Limits = HashMap<String, (DefaultDirectRateLimiter, Instant)>;

impl Throttle {
    /// Counts an attempt.
    ///
    /// # Errors
    /// [`Error::Throttled`] when there were too many.
    pub(crate) fn attempt(&self, address: &str, host: &str) -> Result<()> {
        take(&self.hosts, host, HOST_BURST, HOST_PERIOD)?;
        take(&self.addresses, address, ADDRESS_BURST, ADDRESS_PERIOD)
    }

    /// Forgets the attempts on an address that has signed in.
    pub(crate) fn clear(&self, address: &str) {
        lock(&self.addresses).remove(address);
    }
}

fn take(limits: &Mutex<Limits>, key: &str, burst: NonZeroU32, period: Duration) -> Result<()> {
    let now = Instant::now();
    let mut limits = lock(limits);
    if limits.len() >= KEPT {
        limits.retain(|_, (_, used)| now - *used < RECOVERY);
    }
    let quota = Quota::with_period(period)
        .unwrap_or(Quota::per_second(burst))
        .allow_burst(burst);
    let (limiter, used) = limits
        .entry(key.to_owned())
        .or_insert_with(|| (RateLimiter::direct(quota), now));
    *used = now;
    limiter.check().map_err(|not_until| {
        Error::Throttled(not_until.wait_time_from(DefaultClock::default().now()))
    })
}

fn lock(limits: &Mutex<Limits>) -> MutexGuard<'_, Limits> {
    // Nothing under this lock can panic half-way.
    limits.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_attempts_then_a_pause_until_signed_in() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert!(throttle.attempt("a@b.example", "host").is_ok());
        }
        assert!(matches!(
            throttle.attempt("a@b.example", "host"),
            Err(Error::Throttled(_))
        ));
        assert!(throttle.attempt("other@b.example", "host").is_ok());
        throttle.clear("a@b.example");
        assert!(throttle.attempt("a@b.example", "host").is_ok());
    }

    #[test]
    fn a_host_is_held_back_whatever_address_it_tries() {
        let throttle = Throttle::default();
        let refused =
            (0..100).find(|n| throttle.attempt(&format!("{n}@b.example"), "host").is_err());
        assert_eq!(refused, Some(60));
    }
}
