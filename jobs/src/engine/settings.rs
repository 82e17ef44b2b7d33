//! How an engine runs: its transport, and for each lane how much at once.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use wafaa_domain::Lane;
use wafaa_storage::redis::Redis as Server;

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
