//! Everything that runs jobs in a process, started and stopped together.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use wafaa_domain::{JobId, Lane, SystemScope};
use wafaa_storage::{
    ledger,
    redis::{Heard, Redis as Server},
};

use crate::{
    Bus, Registry, Services, TransportError,
    dispatcher::Dispatcher,
    fleet::Fleet,
    measure,
    reconciler::Reconciler,
    runner::Runner,
    signal::{Signal, Signals, Wake},
    tenant::Tenants,
    transport::{Redis, Sqlite, Transport},
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
    /// apalis-redis on this server, which any number of processes share.
    Redis(Server),
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
    pub(crate) wake: Wake,
    signals: Option<Signals>,
    engine: Option<Running>,
}

/// What an engine shows of itself while it runs.
#[derive(Clone)]
struct Running {
    runner: Arc<Runner>,
    transport: Arc<Transport>,
    fleet: Fleet,
    lanes: Vec<Lane>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// For a process that enqueues and watches, while others run the jobs: they are reached through Redis, or,
    /// without it, look by themselves.
    #[must_use]
    pub fn without_workers(registry: Registry, redis: Option<Server>) -> Self {
        let signals = redis.map(Signals::open);
        let handle = Self {
            registry,
            bus: Bus::telling(signals.clone()),
            wake: Wake::new(signals.clone()),
            signals,
            engine: None,
        };
        handle.bus.hear_others();
        handle
    }

    /// Live events of this process, and of others that share its Redis.
    #[must_use]
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Has the dispatcher look now; call it after committing an enqueued job.
    pub fn wake(&self) {
        self.wake.look();
    }

    /// Has a running job stop, wherever it runs.
    pub(crate) fn stop(&self, job: JobId) {
        if let Some(engine) = &self.engine {
            engine.runner.cancel(job);
        }
        if let Some(signals) = &self.signals {
            signals.send(Signal::Cancel(job));
        }
    }

    /// Whether a run of this job is under way in this process.
    pub(crate) fn runs(&self, job: JobId) -> bool {
        self.engine
            .as_ref()
            .is_some_and(|engine| engine.runner.has(job))
    }

    /// Lanes whose worker in this process is down and being started again.
    #[must_use]
    pub fn idle_lanes(&self) -> Vec<Lane> {
        self.engine.as_ref().map_or_else(Vec::new, |engine| {
            let lanes = engine.lanes.iter().copied();
            lanes
                .filter(|lane| !engine.transport.works(*lane))
                .collect()
        })
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
        let (transport, signals) = open(&services, &settings.transport).await?;
        let transport = Arc::new(transport);
        let lanes: Vec<(Lane, LaneSettings)> = registry
            .lanes()
            .into_iter()
            .filter_map(|lane| Some((lane, *settings.lanes.get(&lane)?)))
            .collect();
        let name = format!("{}-{}", std::process::id(), Uuid::now_v7().simple());
        let fleet = Fleet::new(services.db.clone(), name.clone(), &lanes);
        let (bus, wake) = (Bus::telling(signals.clone()), Wake::new(signals.clone()));
        let runner = Arc::new(Runner::new(
            Arc::clone(&services),
            registry.clone(),
            bus.clone(),
            wake.clone(),
            name,
            settings.lease,
        ));
        let engine = Self {
            tasks: JoinSet::new(),
            shutdown: CancellationToken::new(),
            grace: settings.grace,
            handle: Handle {
                registry,
                bus,
                wake,
                signals,
                engine: Some(Running {
                    runner,
                    transport,
                    fleet,
                    lanes: lanes.iter().map(|(lane, _)| *lane).collect(),
                }),
            },
        };
        engine.begin(services, &lanes, settings.tenant_cap).await
    }

    async fn begin(
        mut self,
        services: Arc<Services>,
        lanes: &[(Lane, LaneSettings)],
        tenant_cap: u32,
    ) -> Result<Self, TransportError> {
        let handle = self.handle.clone();
        let Some(Running {
            runner,
            transport,
            fleet,
            ..
        }) = handle.engine
        else {
            return Ok(self);
        };
        let (tasks, shutdown) = (&mut self.tasks, &self.shutdown);
        if let Some(signals) = handle.signals {
            fleet.beat().await?;
            let transport = Arc::clone(&transport);
            let (runner, wake) = (Arc::clone(&runner), handle.wake.clone());
            tasks.spawn(obey(signals, transport, runner, wake, shutdown.clone()));
            tasks.spawn(fleet.clone().run(shutdown.clone()));
            handle.bus.hear_others();
        }
        tasks.spawn(Arc::clone(&runner).renew(shutdown.clone()));
        for (lane, settings) in lanes.iter().copied() {
            let (transport, runner) = (Arc::clone(&transport), Arc::clone(&runner));
            let shutdown = shutdown.clone();
            tasks.spawn(async move {
                measure::workers(lane, settings.concurrency);
                transport.work(lane, settings, runner, shutdown).await;
                measure::workers(lane, 0);
            });
        }
        let dispatcher = Dispatcher {
            db: services.db.clone(),
            transport: Arc::clone(&transport),
            wake: handle.wake.clone(),
            fleet: fleet.clone(),
            tenant_cap,
            turns: HashMap::new(),
        };
        let reconciler = Reconciler {
            db: services.db.clone(),
            registry: handle.registry,
            bus: handle.bus,
            wake: handle.wake,
            fleet,
        };
        tasks.spawn(dispatcher.run(shutdown.clone()));
        tasks.spawn(reconciler.run(shutdown.clone()));
        tasks.spawn(upkeep::run(
            Tenants::from(&*services),
            transport,
            shutdown.clone(),
        ));
        Ok(self)
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
        if time::timeout(self.grace, self.ended()).await.is_err() {
            warn!("some jobs did not end in time; they will run again");
            if let Some(engine) = &self.handle.engine {
                engine.runner.abandon();
            }
            // What is deaf even to that goes on until the process ends, and can't commit once its lease is gone.
            let _ = time::timeout(ABANDON, self.ended()).await;
        }
        if let (Some(engine), Some(_)) = (&self.handle.engine, &self.handle.signals) {
            engine.fleet.leave().await;
        }
    }

    async fn ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Opens the transport, and the way to other processes when it is shared.
async fn open(
    services: &Services,
    transport: &TransportSettings,
) -> Result<(Transport, Option<Signals>), TransportError> {
    match transport {
        TransportSettings::Sqlite(path) => {
            let scope = SystemScope::new("bring back the jobs of the process before");
            let tx = services.db.write(scope).await?;
            ledger::release_all(&tx).await?;
            tx.commit().await?;
            Ok((Transport::Sqlite(Sqlite::open(path).await?), None))
        }
        TransportSettings::Redis(server) => {
            let signals = Signals::open(server.clone());
            let redis = Redis::new(server.clone(), signals.clone());
            Ok((Transport::Redis(redis), Some(signals)))
        }
    }
}

/// Does what other processes say, until shutdown.
async fn obey(
    signals: Signals,
    transport: Arc<Transport>,
    runner: Arc<Runner>,
    wake: Wake,
    shutdown: CancellationToken,
) {
    let mut heard = signals.hear();
    loop {
        let heard = tokio::select! {
            () = shutdown.cancelled() => return,
            heard = heard.recv() => heard,
        };
        let said = match heard {
            Some(Heard::Message(message)) => signals.others(&message),
            // Anything may have been missed.
            Some(Heard::Connected) => {
                let pushed = Lane::ALL.iter().copied().map(Signal::Pushed);
                pushed.chain([Signal::Look]).collect()
            }
            None => return,
        };
        for signal in said {
            match signal {
                Signal::Look => wake.look_here(),
                Signal::Pushed(lane) => transport.look(lane),
                Signal::Cancel(job) => runner.cancel(job),
            }
        }
    }
}
