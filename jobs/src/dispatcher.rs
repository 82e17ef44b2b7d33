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
const PACE: Duration = Duration::from_millis(4);
/// A dispatched job that no worker claims within this is dispatched anew.
const DISPATCH_LEASE: Duration = Duration::from_secs(60);

/// Jobs of a lane in flight at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Never more than these.
    pub(crate) most: u32,
    /// More only when there are fewer than these.
    pub(crate) refill_below: u32,
}

/// The dispatcher of a process.
pub(crate) struct Dispatcher {
    pub(crate) db: Database,
    pub(crate) transport: Arc<Transport>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) rooms: HashMap<Lane, Room>,
    /// Jobs in flight at once, by tenant and lane.
    pub(crate) tenant_cap: u32,
    /// Whose turn it was last, by lane.
    pub(crate) turns: HashMap<Lane, TenantId>,
}

impl Dispatcher {
    /// Dispatches until shutdown.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let begun = time::Instant::now();
            let nap = match self.dispatch().await {
                Ok(nap) => nap,
                Err(error) => {
                    warn!(%error, "can't dispatch jobs");
                    IDLE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.notified() => time::sleep_until(begun + PACE).await,
                () = time::sleep(nap) => {}
            }
        }
    }

    /// Dispatches what is due; answers how long there is nothing more to do.
    async fn dispatch(&mut self) -> Result<Duration, crate::transport::Error> {
        let work = self.look().await?;
        if !work.lanes.is_empty() {
            self.fill(work.lanes, &work.in_flight).await?;
        }
        Ok(work.next.map_or(IDLE, |next| next.min(IDLE)))
    }

    /// Only reads, so that looking in vain, which is most of the time, keeps nobody from writing.
    async fn look(&self) -> wafaa_storage::Result<Work> {
        let tx = self.db.read(scope()).await?;
        let in_flight = ledger::in_flight(&tx).await?;
        let mut lanes: Vec<(Lane, u32)> = self
            .rooms
            .iter()
            .filter_map(|(lane, room)| {
                let jobs: u32 = of_lane(&in_flight, *lane).map(|(_, jobs)| jobs).sum();
                (jobs < room.refill_below).then(|| (*lane, room.most - jobs))
            })
            .collect();
        if !lanes.is_empty() && !ledger::is_due(&tx).await? {
            let ready = ledger::ready_lanes(&tx).await?;
            lanes.retain(|(lane, _)| ready.contains(lane));
        }
        let next = ledger::next_due(&tx).await?;
        tx.commit().await?;
        Ok(Work {
            lanes,
            in_flight,
            next,
        })
    }

    async fn fill(
        &mut self,
        lanes: Vec<(Lane, u32)>,
        in_flight: &HashMap<(Lane, TenantId), u32>,
    ) -> Result<(), crate::transport::Error> {
        let tx = self.db.write(scope()).await?;
        ledger::promote(&tx).await?;
        let mut batches: Vec<(Lane, Vec<Dispatched>)> = Vec::new();
        for (lane, free) in lanes {
            let taken: HashMap<TenantId, u32> = of_lane(in_flight, lane).collect();
            let cap = |tenant| {
                let taken = taken.get(&tenant).copied().unwrap_or(0);
                self.tenant_cap.saturating_sub(taken)
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
        tx.commit().await?;
        let mut pushed = Ok(());
        for (lane, jobs) in batches {
            // One lane's failure keeps nothing from the others.
            pushed = self.transport.push(lane, &jobs).await.and(pushed);
        }
        pushed
    }
}

/// What there is to do.
struct Work {
    /// Lanes that may have jobs to take, and how many they have room for.
    lanes: Vec<(Lane, u32)>,
    /// Jobs dispatched or running.
    in_flight: HashMap<(Lane, TenantId), u32>,
    /// When the next waiting job is due.
    next: Option<Duration>,
}

fn scope() -> SystemScope {
    SystemScope::new("dispatch due jobs fairly over all tenants")
}

fn of_lane(
    in_flight: &HashMap<(Lane, TenantId), u32>,
    lane: Lane,
) -> impl Iterator<Item = (TenantId, u32)> {
    let of_lane = in_flight
        .iter()
        .filter(move |((other, _), _)| *other == lane);
    of_lane.map(|((_, tenant), jobs)| (*tenant, *jobs))
}
