//! Everything that runs jobs in a process, started and stopped together.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use tokio::{sync::Notify, task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use wafaa_domain::{Lane, SystemScope};
use wafaa_storage::ledger;

use crate::{
    Bus, Registry, Services, TransportError,
    dispatcher::{Dispatcher, Room},
    reconciler::Reconciler,
    runner::Runner,
    tenant::Tenants,
    transport::{Sqlite, Transport},
    upkeep,
};

/// How long dropped runs may take to let go.
const ABANDON: Duration = Duration::from_secs(1);

/// How a lane runs.
#[derive(Debug, Clone, Copy)]
pub struct LaneSettings {
    /// Jobs run at once.
    pub concurrency: usize,
    /// References fetched at once: 1 where jobs are long, so that none waits behind another in a buffer.
    pub batch: usize,
}

/// Which transport carries references.
#[derive(Debug, Clone)]
pub enum TransportSettings {
    /// apalis-sqlite in this file, which is emptied at start: this process must be the only one using it.
    Sqlite(PathBuf),
}

/// How the engine runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What carries references.
    pub transport: TransportSettings,
    /// The lanes to work in; lanes without a kind are left out.
    pub lanes: HashMap<Lane, LaneSettings>,
    /// How long a claim lasts without a sign of life.
    pub lease: Duration,
    /// How long to let running jobs end when stopping.
    pub grace: Duration,
    /// Jobs in flight at once, by tenant and lane.
    pub tenant_cap: u32,
}

impl Settings {
    /// The settings for this many CPU cores.
    #[must_use]
    pub fn new(transport: TransportSettings, cores: usize) -> Self {
        let lane = |concurrency, batch| LaneSettings { concurrency, batch };
        Self {
            transport,
            lanes: HashMap::from([
                (Lane::Reply, lane(4 * cores, 4)),
                (Lane::Deliver, lane(16 * cores, 16)),
                (Lane::Ingest, lane(cores, 1)),
                (Lane::Insight, lane(2 * cores, 10)),
                (Lane::Report, lane(1, 1)),
                (Lane::Maintenance, lane(2, 1)),
            ]),
            lease: Duration::from_secs(15),
            grace: Duration::from_secs(10),
            tenant_cap: 512,
        }
    }
}

/// The running engine of a process.
#[derive(Debug)]
pub struct Engine {
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
    grace: Duration,
    handle: Handle,
}

/// What the rest of the process holds of the engine. Cloning is cheap.
#[derive(Clone)]
pub struct Handle {
    pub(crate) registry: Registry,
    pub(crate) bus: Bus,
    pub(crate) wake: Arc<Notify>,
    pub(crate) runner: Option<Arc<Runner>>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// For a process that enqueues and watches, while another one runs the jobs.
    #[must_use]
    pub fn without_workers(registry: Registry) -> Self {
        Self {
            registry,
            bus: Bus::default(),
            wake: Arc::default(),
            runner: None,
        }
    }

    /// Live events of this process.
    #[must_use]
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Has the dispatcher look now; call it after committing an enqueued job.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

impl Engine {
    /// Starts dispatcher, reconciler, upkeep and workers.
    ///
    /// With the SQLite transport this process is the only one that runs jobs, so whoever held a lease
    /// before is gone, and its jobs are brought back at once.
    ///
    /// # Errors
    /// When the transport or the ledger can't be opened.
    pub async fn start(
        services: Arc<Services>,
        registry: Registry,
        settings: Settings,
    ) -> Result<Self, TransportError> {
        let transport = match &settings.transport {
            TransportSettings::Sqlite(path) => {
                let tx = services
                    .db
                    .write(SystemScope::new(
                        "bring back the jobs of the process before",
                    ))
                    .await?;
                ledger::release_all(&tx).await?;
                tx.commit().await?;
                Arc::new(Transport::Sqlite(Sqlite::open(path).await?))
            }
        };
        let shutdown = CancellationToken::new();
        let bus = Bus::default();
        let wake = Arc::new(Notify::new());
        let runner = Arc::new(Runner::new(
            Arc::clone(&services),
            registry.clone(),
            bus.clone(),
            Arc::clone(&wake),
            format!("{}-{}", std::process::id(), Uuid::now_v7().simple()),
            settings.lease,
        ));
        let lanes: Vec<(Lane, LaneSettings)> = registry
            .lanes()
            .into_iter()
            .filter_map(|lane| Some((lane, *settings.lanes.get(&lane)?)))
            .collect();
        let mut tasks = JoinSet::new();
        for (lane, lane_settings) in lanes.clone() {
            let (transport, runner, shutdown) = (
                Arc::clone(&transport),
                Arc::clone(&runner),
                shutdown.clone(),
            );
            tasks.spawn(async move { transport.work(lane, lane_settings, runner, shutdown).await });
        }
        let dispatcher = Dispatcher {
            db: services.db.clone(),
            transport: Arc::clone(&transport),
            wake: Arc::clone(&wake),
            rooms: lanes
                .iter()
                .map(|(lane, settings)| (*lane, room(*settings)))
                .collect(),
            tenant_cap: settings.tenant_cap,
            turns: HashMap::new(),
        };
        let reconciler = Reconciler {
            db: services.db.clone(),
            registry: registry.clone(),
            bus: bus.clone(),
            wake: Arc::clone(&wake),
        };
        tasks.spawn(dispatcher.run(shutdown.clone()));
        tasks.spawn(reconciler.run(shutdown.clone()));
        tasks.spawn(upkeep::run(
            Tenants {
                db: services.db.clone(),
                blobs: services.blobs.clone(),
                vectors: services.vectors.clone(),
            },
            transport,
            shutdown.clone(),
        ));
        Ok(Self {
            tasks,
            shutdown,
            grace: settings.grace,
            handle: Handle {
                registry,
                bus,
                wake,
                runner: Some(runner),
            },
        })
    }

    /// What the rest of the process holds of the engine.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Stops taking jobs and lets the running ones end; what doesn't in time is dropped and comes back by its
    /// lease.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        if time::timeout(self.grace, self.ended()).await.is_ok() {
            return;
        }
        warn!("some jobs did not end in time; they will run again");
        if let Some(runner) = &self.handle.runner {
            runner.abandon();
        }
        // What is deaf even to that goes on until the process ends, and can't commit once its lease is gone.
        let _ = time::timeout(ABANDON, self.ended()).await;
    }

    async fn ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// How far the dispatcher fills a lane, and when: enough to keep its workers busy, little enough to stay
/// fair, and not for every single job that ends.
fn room(lane: LaneSettings) -> Room {
    let ahead = if lane.batch == 1 { 1 } else { 4 * lane.batch };
    let jobs = |jobs: usize| u32::try_from(jobs).unwrap_or(u32::MAX);
    Room {
        most: jobs(lane.concurrency + ahead),
        refill_below: jobs(lane.concurrency + ahead.div_ceil(2)),
    }
}
