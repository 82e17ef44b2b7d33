//! What an operator has to know about the ledger.

use std::time::Duration;

use sea_orm::FromQueryResult;
use wafaa_domain::SystemScope;

use super::millis;
use crate::{Result, Tx};

/// Jobs that need somebody to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Jobs whose lease ran out so long ago that nobody seems to bring them back.
    pub lapsed: u64,
    /// How long the oldest ready job has been due.
    pub oldest_ready: Duration,
    /// Jobs that were given up.
    pub dead: u64,
}

/// How the ledger is; a lease counts as lapsed when it ran out more than `grace` ago.
///
/// # Errors
/// When the database can't be read.
pub async fn health(tx: &Tx<SystemScope>, grace: Duration) -> Result<Health> {
    #[derive(FromQueryResult)]
    struct Found {
        lapsed: i64,
        oldest: Option<i64>,
        dead: i64,
    }
    let now = tx.now();
    let found: Vec<Found> = tx
        .rows(
            "SELECT COUNT(CASE WHEN state IN ('dispatched', 'running') AND lease_until < $1 THEN 1 END) AS lapsed, \
             MIN(CASE WHEN state = 'ready' THEN run_at END) AS oldest, COUNT(CASE WHEN state = 'dead' THEN 1 END) AS dead \
             FROM jobs WHERE state IN ('ready', 'dispatched', 'running', 'dead')",
            [now.saturating_sub(millis(grace)).into()],
        )
        .await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let found = found.first();
    let waited = found.and_then(|found| found.oldest).map(|due| now - due);
    Ok(Health {
        lapsed: found.map_or(0, |found| count(found.lapsed)),
        oldest_ready: Duration::from_millis(waited.map_or(0, count)),
        dead: found.map_or(0, |found| count(found.dead)),
    })
}
