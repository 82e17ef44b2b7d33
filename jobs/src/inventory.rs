//! How many vector tables there are, of how many fragments and bytes, over all tenants together.
//!
//! Looking at a tenant opens its tables, some milliseconds each, so a round over all tenants is spread over
//! as many minutes as it takes, and none spends more than two seconds on it. What is shown is the last whole
//! round.

use std::time::Duration;

use metrics::gauge;
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use wafaa_domain::{SystemScope, TenantId};
use wafaa_storage::{
    Database, tenant,
    vector::{Extent, Vectors},
};

const PERIOD: Duration = Duration::from_secs(60);
/// Of each period, so at the most 3 % of one core.
const BUDGET: Duration = Duration::from_secs(2);
/// Tenants read from the database at once.
const PAGE: u64 = 200;

/// Takes stock until shutdown.
pub async fn watch(db: Database, vectors: Vectors, shutdown: CancellationToken) {
    let mut round = Round::default();
    let mut period = time::interval(PERIOD);
    period.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = period.tick() => {}
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            outcome = round.go_on(&db, &vectors) => if let Err(error) = outcome {
                warn!(%error, "can't take stock of the vector tables");
            }
        }
    }
}

/// A round over all tenants.
#[derive(Default)]
struct Round {
    /// The last tenant looked at.
    last: Option<TenantId>,
    sum: Extent,
}

impl Round {
    /// Looks at tenants until the round is complete or the time is up.
    async fn go_on(&mut self, db: &Database, vectors: &Vectors) -> wafaa_storage::Result<()> {
        let begun = Instant::now();
        loop {
            let scope = SystemScope::new("take stock of the vector tables");
            let tx = db.read(scope).await?;
            let page = tenant::list(&tx, self.last, PAGE).await?;
            tx.commit().await?;
            for tenant in page.rows {
                if begun.elapsed() >= BUDGET {
                    return Ok(());
                }
                let scope = SystemScope::new("take stock of the vector tables");
                match vectors.extent(&scope, tenant.id).await {
                    Ok(extent) => self.sum += extent,
                    // Erased meanwhile, or being written by a newer program: not worth stopping for.
                    Err(error) => debug!(%error, "can't look at a tenant's vector tables"),
                }
                self.last = Some(tenant.id);
            }
            if !page.more {
                break;
            }
        }
        let Self { sum, .. } = std::mem::take(self);
        gauge!("wafaa_vector_tables").set(sum.tables as f64);
        gauge!("wafaa_vector_fragments").set(sum.fragments as f64);
        gauge!("wafaa_vector_bytes").set(sum.bytes as f64);
        Ok(())
    }
}
