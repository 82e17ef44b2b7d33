//! The processes that share a ledger, as this one sees them: who leads, how much room there is, who is gone.
//!
//! Every process beats in the database, by its clock. Of those that work in a lane, the longest-serving one
//! leads: it dispatches. Two may think so for a moment, so dispatching takes turns in the database besides.
//! In embedded mode there is one process, nothing beats, and it leads everywhere.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wafaa_domain::{Lane, SystemScope};
use wafaa_storage::{
    Database, ledger,
    worker::{self, Worker},
};

use crate::engine::LaneSettings;

/// Between two signs of life.
const BEAT: Duration = Duration::from_millis(500);
/// A process not heard of for this long no longer leads.
const DOUBT: Duration = Duration::from_millis(1_600);
/// One not heard of for this long is gone: its jobs run elsewhere. Should it be alive after all, nothing it
/// commits for them counts.
const SILENCE: Duration = Duration::from_millis(2_500);
/// A lane with fewer workers has none to spare for who may come.
const FEW: u32 = 8;
/// apalis-redis fails for ever on a queue of several thousand.
const MOST: u32 = 1_000;

/// References of a lane under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Never more than these.
    pub(crate) most: u32,
    /// More only when there are fewer than these: not for every single job that ends.
    pub(crate) refill_below: u32,
    /// As many as there are workers.
    pub(crate) workers: u32,
    /// In company, those who have more than an even share have no more than these together: a quarter of the
    /// workers is for others, unless there are few.
    pub(crate) shared: u32,
}

impl Room {
    /// For so many references, of which a worker has `ahead` where it can run `concurrency`.
    fn of(most: u32, concurrency: usize, ahead: u32) -> Self {
        let most = most.min(MOST);
        let concurrency = u32::try_from(concurrency).unwrap_or(u32::MAX);
        let workers = most.saturating_mul(concurrency) / ahead.max(1);
        Self {
            most,
            refill_below: most - most / 4,
            workers,
            shared: (workers - if workers < FEW { 0 } else { workers / 4 }).max(1),
        }
    }
}

/// The processes that share a ledger. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    db: Database,
    me: Arc<Worker>,
    settings: Arc<HashMap<Lane, LaneSettings>>,
    /// The lanes it leads.
    rooms: Arc<RwLock<HashMap<Lane, Room>>>,
    /// Told when jobs were taken from a worker that is gone.
    pub(crate) forfeited: Arc<Notify>,
}

impl Fleet {
    pub(crate) fn new(db: Database, name: String, lanes: &[(Lane, LaneSettings)]) -> Self {
        let settings: HashMap<Lane, LaneSettings> = lanes.iter().copied().collect();
        let lanes: BTreeMap<Lane, u32> = lanes
            .iter()
            .map(|(lane, settings)| (*lane, ahead(*settings)))
            .collect();
        let host = hostname();
        let fleet = Self {
            db,
            me: Arc::new(Worker { name, host, lanes }),
            settings: Arc::new(settings),
            rooms: Arc::default(),
            forfeited: Arc::default(),
        };
        fleet.lead(fleet.led(std::slice::from_ref(&fleet.me)));
        fleet
    }

    fn lead(&self, rooms: HashMap<Lane, Room>) {
        *self.rooms.write().unwrap_or_else(PoisonError::into_inner) = rooms;
    }

    /// The lanes this process dispatches, with the room that all of their workers have together.
    pub(crate) fn rooms(&self) -> HashMap<Lane, Room> {
        // Nothing under this lock can panic half-way.
        self.rooms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Beats and looks around until shutdown; [`leave`](Self::leave) once the last job has ended.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut beat = time::interval(BEAT);
        beat.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = beat.tick() => {}
            }
            if let Err(error) = self.beat().await {
                warn!(%error, "can't say that this worker is alive");
            }
        }
    }

    /// Once, before work begins, so that the first job finds somebody to lead.
    pub(crate) async fn beat(&self) -> wafaa_storage::Result<()> {
        let scope = SystemScope::new("say that a worker is alive, and see who else is");
        let tx = self.db.write_softly(scope).await?;
        worker::beat(&tx, &self.me).await?;
        let gone = worker::forget_silent(&tx, SILENCE).await?;
        let forfeited = ledger::forfeit(&tx, &gone).await?;
        let alive = worker::alive(&tx, DOUBT).await?;
        tx.commit().await?;
        for name in gone {
            info!(
                worker = name,
                "a worker is gone; its jobs will run elsewhere"
            );
        }
        if forfeited > 0 {
            self.forfeited.notify_one();
        }
        self.lead(self.led(&alive));
        Ok(())
    }

    /// The lanes that this process leads among those that are alive.
    fn led(&self, alive: &[Worker]) -> HashMap<Lane, Room> {
        let mut led = HashMap::new();
        for (lane, settings) in &*self.settings {
            let mut workers = alive
                .iter()
                .filter(|worker| worker.lanes.contains_key(lane));
            let leads = workers
                .next()
                .is_none_or(|first| first.name == self.me.name);
            if leads {
                let most = alive
                    .iter()
                    .filter_map(|worker| worker.lanes.get(lane))
                    .sum();
                let room = Room::of(most, settings.concurrency, ahead(*settings));
                led.insert(*lane, room);
            }
        }
        led
    }

    /// Says that this process runs no more jobs; what it has not ended runs elsewhere.
    pub(crate) async fn leave(&self) {
        let leave = async {
            let tx = self.db.write(SystemScope::new("a worker stops")).await?;
            worker::forget(&tx, &self.me.name).await?;
            ledger::forfeit(&tx, std::slice::from_ref(&self.me.name)).await?;
            tx.commit().await
        };
        if let Err(error) = leave.await {
            warn!(%error, "can't say that this worker has stopped");
        }
    }
}

/// References a worker may have under way: enough to keep it busy, little enough to stay fair.
fn ahead(lane: LaneSettings) -> u32 {
    let ahead = if lane.batch == 1 { 1 } else { 4 * lane.batch };
    u32::try_from(lane.concurrency + ahead).unwrap_or(u32::MAX)
}

fn hostname() -> String {
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    if name.is_empty() {
        "unknown".into()
    } else {
        name
    }
}
