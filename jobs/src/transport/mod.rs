//! How references to jobs get from the dispatcher to workers.
//!
//! A transport may lose, repeat and reorder what it carries: the ledger's leases and compare-and-sets make
//! up for it. So a queue's file can be thrown away whenever its process is known to be alone.

mod redis;
mod sqlite;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wafaa_domain::{JobId, Lane};
use wafaa_storage::ledger::{Claim, Dispatched};

use crate::{engine::LaneSettings, runner::Runner};

pub(crate) use redis::Redis;
pub(crate) use sqlite::Sqlite;

/// The transport failed; the dispatcher tries again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue's file can't be used.
    #[error("can't use the queue {path}: {source}")]
    Open {
        /// Where it is.
        path: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A reference could not be pushed.
    #[error("can't push to the queue: {0}")]
    Push(String),
    /// The queue's own rows could not be changed.
    #[error("can't purge the queue: {0}")]
    Purge(#[source] sqlx::Error),
    /// Redis could not be tidied.
    #[error("can't purge the queue: {0}")]
    PurgeRedis(#[source] ::redis::RedisError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] wafaa_storage::Error),
}

/// All that apalis carries.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct JobRef {
    id: JobId,
    dispatch: Uuid,
}

impl From<Dispatched> for JobRef {
    fn from(job: Dispatched) -> Self {
        Self {
            id: job.job,
            dispatch: job.dispatch,
        }
    }
}

impl From<JobRef> for Claim {
    fn from(reference: JobRef) -> Self {
        Self {
            job: reference.id,
            dispatch: reference.dispatch,
        }
    }
}

/// The transport in use. No kind of work knows which one it is.
#[derive(Debug)]
pub(crate) enum Transport {
    /// apalis-sqlite in a file of its own.
    Sqlite(Sqlite),
    /// apalis-redis, shared by many processes.
    Redis(Redis),
}

impl Transport {
    /// Hands references to the lane's workers.
    pub(crate) async fn push(&self, lane: Lane, jobs: &[Dispatched]) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.push(lane, jobs).await,
            Self::Redis(redis) => redis.push(lane, jobs).await,
        }
    }

    /// Runs the lane's workers until shutdown.
    pub(crate) async fn work(
        &self,
        lane: Lane,
        settings: LaneSettings,
        runner: Arc<Runner>,
        shutdown: CancellationToken,
    ) {
        match self {
            Self::Sqlite(sqlite) => sqlite.work(lane, settings, runner, shutdown).await,
            Self::Redis(redis) => redis.work(lane, settings, runner, shutdown).await,
        }
    }

    /// Removes what has been delivered.
    pub(crate) async fn purge(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.purge().await,
            Self::Redis(redis) => redis.purge().await,
        }
    }

    /// Another process says that it has pushed to the lane.
    pub(crate) fn look(&self, lane: Lane) {
        match self {
            Self::Sqlite(_) => {}
            Self::Redis(redis) => redis.look(lane),
        }
    }

    /// Whether this process's worker of the lane takes references.
    pub(crate) fn works(&self, lane: Lane) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Redis(redis) => redis.works(lane),
        }
    }

    /// How long a reference may be under way before it counts as lost. A queue of this process alone loses
    /// none; one that is shared may lose some with every process that dies.
    pub(crate) const fn dispatch_lease(&self) -> Duration {
        match self {
            Self::Sqlite(_) => Duration::from_secs(60),
            Self::Redis(_) => Duration::from_millis(2_500),
        }
    }
}
