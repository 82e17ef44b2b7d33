//! How fast each account sends, and each customer is written to.
//!
//! Counted in this process only: providers answer 429 to what several processes overdo together, and that is heeded
//! as well. Buckets follow the generic cell rate algorithm of governor; full ones are forgotten.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use wafaa_domain::ChannelKind;

use crate::{adapter, limits::Pace, outbound::SendError};

/// Full buckets are looked for once in so many sends.
const SENDS_BETWEEN_TIDYING: u32 = 1_024;

type Buckets = DefaultKeyedRateLimiter<String>;

/// The buckets of all channels.
pub(crate) struct Pacer {
    clock: DefaultClock,
    kinds: HashMap<ChannelKind, Kind>,
    sends: AtomicU32,
}

struct Kind {
    accounts: Option<Buckets>,
    recipients: Option<Buckets>,
}

impl Pacer {
    pub(crate) fn new() -> Self {
        let kind = |kind: ChannelKind| {
            let limits = adapter(kind).limits();
            let buckets = Kind {
                accounts: limits.per_account.and_then(buckets),
                recipients: limits.per_recipient.and_then(buckets),
            };
            (kind, buckets)
        };
        Self {
            clock: DefaultClock::default(),
            kinds: ChannelKind::ALL.iter().copied().map(kind).collect(),
            sends: AtomicU32::new(0),
        }
    }

    /// Takes a message's share of both buckets.
    ///
    /// # Errors
    /// [`SendError::Wait`] when one of them is empty. A share already taken of the other is not given back: it is
    /// one message's, and refills.
    pub(crate) fn take(&self, kind: ChannelKind, account: &str, to: &str) -> Result<(), SendError> {
        let Some(buckets) = self.kinds.get(&kind) else {
            return Ok(());
        };
        self.tidy(buckets);
        if let Some(recipients) = &buckets.recipients {
            self.take_from(recipients, format!("{account} {to}"), "this customer")?;
        }
        if let Some(accounts) = &buckets.accounts {
            self.take_from(accounts, account.to_owned(), "this account")?;
        }
        Ok(())
    }

    fn take_from(&self, buckets: &Buckets, key: String, whose: &str) -> Result<(), SendError> {
        buckets.check_key(&key).map_err(|busy| SendError::Wait {
            after: busy
                .wait_time_from(self.clock.now())
                .max(Duration::from_millis(10)),
            detail: format!("the provider's pace for {whose} is kept"),
        })
    }

    fn tidy(&self, buckets: &Kind) {
        let sent = self.sends.fetch_add(1, Ordering::Relaxed);
        if sent.is_multiple_of(SENDS_BETWEEN_TIDYING) {
            for limiter in [&buckets.accounts, &buckets.recipients]
                .into_iter()
                .flatten()
            {
                limiter.retain_recent();
            }
        }
    }
}

fn buckets(pace: Pace) -> Option<Buckets> {
    let burst = NonZeroU32::new(pace.burst)?;
    let quota = Quota::with_period(pace.every)?.allow_burst(burst);
    Some(RateLimiter::keyed(quota))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_not_flooded_and_others_do_not_wait() {
        let pacer = Pacer::new();
        let kind = ChannelKind::Whatsapp;
        let burst = adapter(kind).limits().per_recipient.unwrap().burst;
        for _ in 0..burst {
            pacer.take(kind, "number", "customer").unwrap();
        }
        let error = pacer.take(kind, "number", "customer").unwrap_err();
        assert!(matches!(error, SendError::Wait { .. }), "{error:?}");
        pacer.take(kind, "number", "another").unwrap();
        pacer.take(kind, "another number", "customer").unwrap();
    }
}
