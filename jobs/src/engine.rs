//! Everything that runs jobs in a process, started and stopped together.

mod handle;
mod listener;
mod settings;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use wafaa_domain::{Lane, SystemScope};
use wafaa_storage::ledger;

use crate::{
    Bus, Registry, Services, TransportError,
    company::Company,
    conversation::look_after,
    dispatcher::Dispatcher,
    fleet::Fleet,
    measure,
    reconciler::Reconciler,
    runner::Runner,
    signal::{Signals, Wake},
    tenant::Tenants,
    transport::{Redis, Sqlite, Transport},
    upkeep,
};

pub use handle::Handle;
use handle::Running;
use listener::obey;
pub use settings::{LaneSettings, Settings, TransportSettings};

/// How long dropped runs may take to let go.
const ABANDON: Duration = Duration::from_secs(1);

/// The running engine of a process.
#[derive(Debug)]
pub struct Engine {
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
    grace: Duration,
    handle: Handle,
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
            company: Company::default(),
        };
        let reconciler = Reconciler {
            db: services.db.clone(),
            registry: handle.registry,
            bus: handle.bus,
            wake: handle.wake.clone(),
            fleet,
        };
        tasks.spawn(dispatcher.run(shutdown.clone()));
        tasks.spawn(reconciler.run(shutdown.clone()));
        let wake = handle.wake.clone();
        tasks.spawn(look_after(services.db.clone(), wake, shutdown.clone()));
        tasks.spawn(upkeep::add_up(services.db.clone(), shutdown.clone()));
        tasks.spawn(upkeep::run(
            Tenants::from(&*services),
            services.sealer.clone(),
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
