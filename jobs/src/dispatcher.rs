//! Moves due jobs to the transport: fairly over tenants, never more than the workers can soon take.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wafaa_domain::{Lane, SystemScope, TenantId};
use wafaa_storage::{
    Database, Tx,
    ledger::{self, Dispatched, Survey},
};

use crate::{
    company::Company,
    fleet::{Fleet, Room},
    measure,
    signal::Wake,
    transport::Transport,
};

/// Looks at least this often, for what it was not told.
const IDLE: Duration = Duration::from_millis(500);
/// Looks at most this often, so that a flood of wake-ups becomes a few large batches.
const PACE: Duration = Duration::from_millis(2);

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
    /// Who shares a lane.
    pub(crate) company: Company,
}

impl Dispatcher {
    /// Dispatches until shutdown.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut told = false;
        while !shutdown.is_cancelled() {
            let begun = time::Instant::now();
            let nap = match self.dispatch(told).await {
                Ok(nap) => nap,
                Err(error) => {
                    warn!(%error, "can't dispatch jobs");
                    IDLE
                }
            };
            told = tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.told() => {
                    time::sleep_until(begun + PACE).await;
                    true
                }
                () = time::sleep(nap) => false,
            };
        }
    }

    /// Dispatches what is due; answers how long there is nothing more to do. Who was not told that there is
    /// something looks before it writes: most of the time there is nothing.
    async fn dispatch(&mut self, told: bool) -> Result<Duration, crate::transport::Error> {
        let rooms = self.fleet.rooms();
        if rooms.is_empty() {
            return Ok(IDLE);
        }
        if !told {
            let (something, nap) = self.look(&rooms).await?;
            if !something {
                measure::lag(Duration::ZERO);
                return Ok(nap);
            }
        }
        let begun = time::Instant::now();
        let nap = self.fill(&rooms).await?;
        measure::dispatch_took(begun.elapsed());
        Ok(nap)
    }

    /// Whether there may be jobs to take and room for them, and how long until the next waiting job is due.
    async fn look(&self, rooms: &Rooms) -> wafaa_storage::Result<(bool, Duration)> {
        let tx = self.db.read(scope()).await?;
        let survey = ledger::survey(&tx).await?;
        let lanes = hungry(rooms, &survey.in_flight, &self.company.lanes());
        let something = !lanes.is_empty()
            && (ledger::is_due(&tx).await? || !ledger::ready(&tx, &lanes).await?.is_empty());
        tx.commit().await?;
        Ok((something, nap(&survey)))
    }

    /// Fills the lanes that this process leads, unless another one is dispatching right now.
    async fn fill(&mut self, rooms: &Rooms) -> Result<Duration, crate::transport::Error> {
        let tx = self.db.write_softly(scope()).await?;
        if !ledger::lead(&tx).await? {
            // What it leaves is ours.
            return Ok(PACE);
        }
        ledger::promote(&tx).await?;
        let survey = ledger::survey(&tx).await?;
        let in_flight = &survey.in_flight;
        self.company.note(in_flight.keys().copied(), Instant::now());
        let shared = self.company.lanes();
        let mut batches: Vec<(Lane, Vec<Dispatched>)> = Vec::new();
        let ready = ledger::ready(&tx, &hungry(rooms, in_flight, &shared)).await?;
        for (lane, ready) in ready {
            let room = rooms[&lane];
            let jobs = if let Some(tenants) = shared.get(&lane) {
                let even = (room.workers / tenants).max(1);
                let taking = self.take_in_company(&tx, (lane, &ready), room, even, in_flight);
                taking.await?
            } else {
                let free = room.most.saturating_sub(total(in_flight, lane));
                let cap = |tenant| self.left_of_cap(in_flight, lane, tenant);
                let (jobs, reached) = self.take(&tx, (lane, &ready), free, cap).await?;
                self.turn(lane, reached);
                jobs
            };
            if !jobs.is_empty() {
                batches.push((lane, jobs));
            }
        }
        let taken = batches.iter().flat_map(|(lane, jobs)| {
            let lane = *lane;
            jobs.iter().map(move |job| (lane, job.tenant))
        });
        self.company.note(taken, Instant::now());
        tx.commit().await?;
        let waited = batches
            .iter()
            .flat_map(|(_, jobs)| jobs)
            .map(|job| job.waited);
        measure::lag(waited.max().unwrap_or_default());
        let mut pushed = Ok(());
        for (lane, jobs) in batches {
            measure::dispatched(lane, jobs.len());
            // One lane's failure keeps nothing from the others.
            pushed = self.transport.push(lane, &jobs).await.and(pushed);
        }
        pushed.map(|()| nap(&survey))
    }

    /// First for those who have less than an even share under way; then the others fill what is theirs together.
    async fn take_in_company(
        &mut self,
        tx: &Tx<SystemScope>,
        (lane, ready): (Lane, &[TenantId]),
        room: Room,
        even: u32,
        in_flight: &InFlight,
    ) -> wafaa_storage::Result<Vec<Dispatched>> {
        let has = |tenant| in_flight.get(&(lane, tenant)).copied().unwrap_or(0);
        let under_way = total(in_flight, lane);
        let up_to_even = |tenant| even.min(self.tenant_cap).saturating_sub(has(tenant));
        let free = room.most.saturating_sub(under_way);
        let (mut jobs, reached) = self.take(tx, (lane, ready), free, up_to_even).await?;
        if !jobs.is_empty() {
            self.turn(lane, reached);
        }
        if under_way < room.shared - room.shared / 4 {
            let beyond = |tenant| {
                let left = self.left_of_cap(in_flight, lane, tenant);
                if has(tenant) >= even { left } else { 0 }
            };
            let free = room.shared - under_way;
            let (more, reached) = self.take(tx, (lane, ready), free, beyond).await?;
            self.turn(lane, reached);
            jobs.extend(more);
        }
        Ok(jobs)
    }

    async fn take(
        &self,
        tx: &Tx<SystemScope>,
        (lane, ready): (Lane, &[TenantId]),
        free: u32,
        cap: impl Fn(TenantId) -> u32,
    ) -> wafaa_storage::Result<(Vec<Dispatched>, Option<TenantId>)> {
        let last = self.turns.get(&lane).copied();
        let lease = self.transport.dispatch_lease();
        ledger::dispatch(tx, lane, ready, free, cap, last, lease).await
    }

    fn turn(&mut self, lane: Lane, reached: Option<TenantId>) {
        self.turns.extend(reached.map(|tenant| (lane, tenant)));
    }

    fn left_of_cap(&self, in_flight: &InFlight, lane: Lane, tenant: TenantId) -> u32 {
        let taken = in_flight.get(&(lane, tenant)).copied().unwrap_or(0);
        self.tenant_cap.saturating_sub(taken)
    }
}

/// The lanes that this process leads.
type Rooms = HashMap<Lane, Room>;

/// Jobs dispatched or running.
type InFlight = HashMap<(Lane, TenantId), u32>;

fn total(in_flight: &InFlight, lane: Lane) -> u32 {
    let of_lane = in_flight.iter().filter(|((other, _), _)| *other == lane);
    of_lane.map(|(_, jobs)| jobs).sum()
}

/// Lanes that few enough jobs are under way in. In those that are shared nobody waits for a refill who
/// has less than an even share.
fn hungry(rooms: &Rooms, in_flight: &InFlight, shared: &HashMap<Lane, u32>) -> Vec<Lane> {
    let below = |lane: Lane, room: Room| {
        if shared.contains_key(&lane) {
            room.most
        } else {
            room.refill_below
        }
    };
    let lanes = rooms.iter().map(|(lane, room)| (*lane, *room));
    let few = lanes.filter(|(lane, room)| total(in_flight, *lane) < below(*lane, *room));
    few.map(|(lane, _)| lane).collect()
}

/// Until the next waiting job is due, within reason.
fn nap(survey: &Survey) -> Duration {
    survey.next_due.map_or(IDLE, |next| next.min(IDLE))
}

fn scope() -> SystemScope {
    SystemScope::new("dispatch due jobs fairly over all tenants")
}
