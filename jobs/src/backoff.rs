//! How long to wait before the next attempt: exponential with full jitter, so that jobs that failed
//! together don't come back together (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).

use std::time::Duration;

use rand::Rng;

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(300);

/// A random delay before the attempt after `attempt` (from 1).
pub(crate) fn delay(attempt: i32) -> Duration {
    rand::rng().random_range(Duration::ZERO..=ceiling(attempt))
}

fn ceiling(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.max(1)).unwrap_or(1).min(20);
    BASE.saturating_mul(1 << doublings).min(CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        assert_eq!(ceiling(1), Duration::from_secs(1));
        assert_eq!(ceiling(2), Duration::from_secs(2));
        assert_eq!(ceiling(100), CAP);
        assert_eq!(ceiling(-3), ceiling(1));
        assert!((0..100).all(|_| delay(3) <= ceiling(3)));
    }
}
