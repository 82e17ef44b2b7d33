//! Forgets what nobody needs any more: old finished jobs, old idempotency keys, expired sessions, and what is
//! left of erased tenants.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wafaa_domain::SystemScope;
use wafaa_storage::{Database, idempotency, ledger, refresh_token};

use crate::{tenant::Tenants, transport::Transport};

const PERIOD: Duration = Duration::from_secs(600);
const FINISHED_JOBS: TimeDelta = TimeDelta::days(30);
const IDEMPOTENCY_KEYS: TimeDelta = TimeDelta::days(2);

/// Tidies up every few minutes until shutdown.
pub(crate) async fn run(
    tenants: Tenants,
    transport: std::sync::Arc<Transport>,
    shutdown: CancellationToken,
) {
    let mut period = time::interval(PERIOD);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = period.tick() => {}
        }
        if let Err(error) = tidy(&tenants.db).await {
            warn!(%error, "can't purge old rows");
        }
        if let Err(error) = tenants.upkeep().await {
            warn!(%error, "can't look after erased tenants");
        }
        if let Err(error) = transport.purge().await {
            warn!(%error, "can't purge the transport");
        }
    }
}

/// One transaction a batch, so that nobody waits long for the write lock.
async fn tidy(db: &Database) -> wafaa_storage::Result<()> {
    let scope = || SystemScope::new("purge what is past its retention");
    let cutoff = (Utc::now() - FINISHED_JOBS).timestamp_millis();
    loop {
        let tx = db.write(scope()).await?;
        let purged = ledger::purge(&tx, cutoff).await?;
        tx.commit().await?;
        if purged == 0 {
            break;
        }
    }
    let tx = db.write(scope()).await?;
    idempotency::purge(&tx, Utc::now() - IDEMPOTENCY_KEYS).await?;
    refresh_token::purge(&tx, Utc::now()).await?;
    tx.commit().await
}
