//! Moves due jobs to the transport: fairly over tenants, never more than the workers can soon take.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wafaa_domain::{Lane, SystemScope, TenantId};
use wafaa_storage::{
    Database, Tx,
    ledger::{self, Dispatched},
};

use crate::{fleet::Fleet, measure, signal::Wake, transport::Transport};

/// Looks at least this often, for what it was not told.
const IDLE: Duration = Duration::from_millis(500);
/// Looks at most this often, so that a flood of wake-ups becomes a few large batches.
const PACE: Duration = Duration::from_millis(4);

/// The dispatcher of a process.
pub(crate) struct Dispatcher {
    pub(crate) db: Database,
    pub(crate) transport: Arc<Transport>,
    pub(crate) wake: Wake,
    pub(crate) fleet: Fleet,
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
                () = self.wake.told() => time::sleep_until(begun + PACE).await,
                () = time::sleep(nap) => {}
            }
        }
    }

    /// Dispatches what is due; answers how long there is nothing more to do.
    async fn dispatch(&mut self) -> Result<Duration, crate::transport::Error> {
        let (lanes, next) = self.look().await?;
        let nap = next.map_or(IDLE, |next| next.min(IDLE));
        if lanes.is_empty() {
            measure::lag(Duration::ZERO);
            return Ok(nap);
        }
        let begun = time::Instant::now();
        if self.fill(lanes).await? {
            measure::dispatch_took(begun.elapsed());
            return Ok(nap);
        }
        // Another process is at it; what it leaves is ours.
        Ok(PACE)
    }

    /// Looks before it writes: most of the time there is nothing to do. Answers the lanes that may have jobs
    /// to take and room for them, and how long until the next waiting job is due.
    async fn look(&self) -> wafaa_storage::Result<(Vec<Lane>, Option<Duration>)> {
        let rooms = self.fleet.rooms();
        let tx = self.db.read(scope()).await?;
        let in_flight = ledger::in_flight(&tx).await?;
        let mut lanes: Vec<Lane> = rooms
            .iter()
            .filter(|(lane, room)| total(&in_flight, **lane) < room.refill_below)
            .map(|(lane, _)| *lane)
            .collect();
        if !lanes.is_empty() && !ledger::is_due(&tx).await? {
            let ready = ledger::ready_lanes(&tx).await?;
            lanes.retain(|lane| ready.contains(lane));
        }
        let next = ledger::next_due(&tx).await?;
        tx.commit().await?;
        Ok((lanes, next))
    }

    /// Fills these lanes, unless another process is dispatching right now.
    async fn fill(&mut self, lanes: Vec<Lane>) -> Result<bool, crate::transport::Error> {
        let tx = self.db.write(scope()).await?;
        if !ledger::lead(&tx).await? {
            return Ok(false);
        }
        ledger::promote(&tx).await?;
        // Seen again, now that nobody else adds to it.
        let in_flight = ledger::in_flight(&tx).await?;
        let mut batches: Vec<(Lane, Vec<Dispatched>)> = Vec::new();
        for lane in lanes {
            let jobs = self.take(&tx, lane, &in_flight).await?;
            if !jobs.is_empty() {
                batches.push((lane, jobs));
            }
        }
        tx.commit().await?;
        let mut pushed = Ok(());
        let waited = batches
            .iter()
            .flat_map(|(_, jobs)| jobs)
            .map(|job| job.waited);
        measure::lag(waited.max().unwrap_or_default());
        for (lane, jobs) in batches {
            measure::dispatched(lane, jobs.len());
            // One lane's failure keeps nothing from the others.
            pushed = self.transport.push(lane, &jobs).await.and(pushed);
        }
        pushed.map(|()| true)
    }

    async fn take(
        &mut self,
        tx: &Tx<SystemScope>,
        lane: Lane,
        in_flight: &InFlight,
    ) -> wafaa_storage::Result<Vec<Dispatched>> {
        let most = self.fleet.rooms().get(&lane).map_or(0, |room| room.most);
        let free = most.saturating_sub(total(in_flight, lane));
        let cap = |tenant| {
            let taken = in_flight.get(&(lane, tenant)).copied().unwrap_or(0);
            self.tenant_cap.saturating_sub(taken)
        };
        let last = self.turns.get(&lane).copied();
        let lease = self.transport.dispatch_lease();
        let (jobs, reached) = ledger::dispatch(tx, lane, free, cap, last, lease).await?;
        if let Some(reached) = reached {
            self.turns.insert(lane, reached);
        }
        Ok(jobs)
    }
}

/// Jobs dispatched or running.
type InFlight = HashMap<(Lane, TenantId), u32>;

fn total(in_flight: &InFlight, lane: Lane) -> u32 {
    let of_lane = in_flight.iter().filter(|((other, _), _)| *other == lane);
    of_lane.map(|(_, jobs)| jobs).sum()
}

fn scope() -> SystemScope {
    SystemScope::new("dispatch due jobs fairly over all tenants")
}
