//! What the rest of a process holds of its engine.

use std::sync::Arc;

use wafaa_domain::{JobId, Lane};
use wafaa_storage::redis::Redis as Server;

use crate::{
    Bus, Registry,
    fleet::Fleet,
    runner::Runner,
    signal::{Signal, Signals, Wake},
    transport::Transport,
};

/// What the rest of the process holds of the engine. Cloning is cheap.
#[derive(Clone)]
pub struct Handle {
    pub(crate) registry: Registry,
    pub(crate) bus: Bus,
    pub(crate) wake: Wake,
    pub(super) signals: Option<Signals>,
    pub(super) engine: Option<Running>,
}

/// What an engine shows of itself while it runs.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) runner: Arc<Runner>,
    pub(super) transport: Arc<Transport>,
    pub(super) fleet: Fleet,
    pub(super) lanes: Vec<Lane>,
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
