//! Slows down guessing of passwords, by address and by where it comes from.
//!
//! An address may be tried five times, then every ten seconds; signing in clears it. One host may try many
//! addresses (an office behind one address does), but not hundreds. Counted with the other limits, so by all
//! processes together where they share a Redis; neither addresses nor hosts can be read there.

use std::time::Duration;

use wafaa_storage::limit::{Key, Quota};

use crate::{
    error::{Error, Result},
    state::Shared,
};

const PER_ADDRESS: Quota = Quota::new(5, Duration::from_secs(50));
const PER_HOST: Quota = Quota::new(60, Duration::from_secs(60));

/// Counts an attempt.
///
/// # Errors
/// [`Error::Throttled`] when there were too many.
pub(crate) async fn attempt(state: &Shared, address: &str, host: &str) -> Result<()> {
    take(state, &key(state, "host", host), PER_HOST).await?;
    take(state, &key(state, "address", address), PER_ADDRESS).await
}

/// Forgets the attempts on an address that has signed in.
pub(crate) async fn clear(state: &Shared, address: &str) {
    state.limiter.forget(&key(state, "address", address)).await;
}

async fn take(state: &Shared, key: &Key, quota: Quota) -> Result<()> {
    let allowance = state.limiter.take_of(key, quota, 1).await;
    allowance
        .granted
        .then_some(())
        .ok_or(Error::Throttled(allowance.retry_after))
}

fn key(state: &Shared, what: &'static str, who: &str) -> Key {
    Key::sign_in(what, &state.secrets.attempt(who))
}
