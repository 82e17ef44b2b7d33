//! Moves due jobs to the transport: fairly over tenants, never more than the workers can soon take.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wafaa_domain::{Lane, SystemScope, TenantId};
use wafaa_storage::{
    Database,
    ledger::{self, Dispatched},
};

use crate::transport::Transport;

/// Looks at least this often, for jobs enqueued by other processes.
const IDLE: Duration = Duration::from_millis(500);
/// Looks at most this often, so that a flood of wake-ups becomes a few large batches.
const PACE: Duration = Duration::from_millis(2);
/// A dispatched job that no worker claims within this is dispatched anew.
const DISPATCH_LEASE: Duration = Duration::from_secs(60);

/// The dispatcher of a process.
pub(crate) struct Dispatcher {
    pub(crate) db: Database,
    pub(crate) transport: Arc<Transport>,
    pub(crate) wake: Arc<Notify>,
    /// Jobs in flight at once, by lane.
    pub(crate) limits: HashMap<Lane, u32>,
    /// Jobs in flight at once, by tenant and lane.
    pub(crate) tenant_cap: u32,
    /// Whose turn it was last, by lane.
    pub(crate) turns: HashMap<Lane, TenantId>,
}

impl Dispatcher {
    /// Dispatches until shutdown.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let nap = match self.dispatch().await {
                Ok(nap) => nap,
                Err(error) => {
                    warn!(%error, "can't dispatch jobs");
                    IDLE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.notified() => time::sleep(PACE).await,
                () = time::sleep(nap) => {}
            }
        }
    }

    /// Dispatches what is due; answers how long there is nothing more to do.
    async fn dispatch(&mut self) -> Result<Duration, crate::transport::Error> {
        let scope = || SystemScope::new("dispatch due jobs fairly over all tenants");
        let tx = self.db.write(scope()).await?;
        ledger::promote(&tx).await?;
        let in_flight = ledger::in_flight(&tx).await?;
        let mut batches: Vec<(Lane, Vec<Dispatched>)> = Vec::new();
        for (&lane, &limit) in &self.limits {
            let of_lane: HashMap<TenantId, u32> = in_flight
                .iter()
                .filter(|((other, _), _)| *other == lane)
                .map(|((_, tenant), jobs)| (*tenant, *jobs))
                .collect();
            let free = limit.saturating_sub(of_lane.values().sum());
            if free == 0 {
                continue;
            }
            let cap = |tenant| {
                self.tenant_cap
                    .saturating_sub(of_lane.get(&tenant).copied().unwrap_or(0))
            };
            let last = self.turns.get(&lane).copied();
            let (jobs, reached) =
                ledger::dispatch(&tx, lane, free, cap, last, DISPATCH_LEASE).await?;
            if let Some(reached) = reached {
                self.turns.insert(lane, reached);
            }
            if !jobs.is_empty() {
                batches.push((lane, jobs));
            }
        }
        let next = ledger::next_due(&tx).await?;
        tx.commit().await?;
        for (lane, jobs) in batches {
            self.transport.push(lane, &jobs).await?;
        }
        Ok(next.map_or(IDLE, |next| next.min(IDLE)))
    }
}
