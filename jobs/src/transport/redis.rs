//! The transport of server mode: apalis-redis, one queue per lane, any number of processes.
//!
//! apalis looks into a queue when told to: another process's push is heard through Redis, and a slow
//! interval covers what was missed. A worker that dies of a Redis error is started again under a new name,
//! with a pause. apalis keeps what is done for ever, so that is removed here.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{
    BackendExt, Data, ParallelizeExt, PollSnapshot, PollStrategy, TaskSink, WorkerBuilder,
    WorkerBuilderExt, WorkerContext, WorkerError,
};
use apalis_redis::{Config, RedisStorage};
use futures::{FutureExt, future::BoxFuture};
use redis::RedisError;
use tokio::{
    sync::Notify,
    time::{self, Interval, Sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use wafaa_domain::Lane;
use wafaa_storage::{ledger::Dispatched, redis::Redis as Server};

use super::{Error, JobRef};
use crate::{
    engine::LaneSettings,
    runner::Runner,
    signal::{Signal, Signals},
};

/// How often to look without being told.
const LOOK: Duration = Duration::from_millis(250);
/// A fetch that was under way during a push may have missed it, and it may take its time: so a lane looks again
/// this soon, and then after twice as long each time, up to [`LOOK`].
const LOOK_AGAIN: Duration = Duration::from_millis(3);
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Heartbeats until apalis pushes a silent worker's references anew. The ledger sends them again within
/// seconds, so this only cleans up; long, because it compares clocks of different machines.
const MISSED_HEARTBEATS: usize = 360;
/// Between the death of a worker and its successor, longer each time, up to the second one: Redis may come back
/// at any moment, and until then jobs wait.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));
/// References after which the delivered ones are removed.
const PURGE_EVERY: usize = 2_000;
/// Delivered references removed at once, so that Redis never stands still for long.
const PURGE_BATCH: usize = 500;

/// The queues in a Redis server.
#[derive(Debug)]
pub(crate) struct Redis {
    server: Server,
    signals: Signals,
    lanes: HashMap<Lane, Arc<Station>>,
    unpurged: AtomicUsize,
}

/// Where a lane's worker waits.
#[derive(Debug, Default)]
struct Station {
    pushed: Notify,
    working: AtomicBool,
}

impl Redis {
    pub(crate) fn new(server: Server, signals: Signals) -> Self {
        Self {
            server,
            signals,
            lanes: Lane::ALL
                .iter()
                .map(|lane| (*lane, Arc::default()))
                .collect(),
            unpurged: AtomicUsize::new(0),
        }
    }

    pub(crate) async fn push(&self, lane: Lane, jobs: &[Dispatched]) -> Result<(), Error> {
        let references = jobs.iter().copied().map(JobRef::from).collect();
        self.storage(lane, 1)
            .push_bulk(references)
            .await
            .map_err(|error| Error::Push(error.to_string()))?;
        self.look(lane);
        self.signals.send(Signal::Pushed(lane));
        if self.unpurged.fetch_add(jobs.len(), Ordering::AcqRel) + jobs.len() > PURGE_EVERY {
            self.purge().await?;
        }
        Ok(())
    }

    /// Has this process's worker of the lane look into its queue.
    pub(crate) fn look(&self, lane: Lane) {
        if let Some(station) = self.lanes.get(&lane) {
            station.pushed.notify_one();
        }
    }

    /// Whether this process's worker of the lane takes references.
    pub(crate) fn works(&self, lane: Lane) -> bool {
        let station = self.lanes.get(&lane);
        station.is_some_and(|station| station.working.load(Ordering::Acquire))
    }

    pub(crate) async fn work(
        &self,
        lane: Lane,
        settings: LaneSettings,
        runner: Arc<Runner>,
        shutdown: CancellationToken,
    ) {
        let station = self.lanes.get(&lane).cloned().unwrap_or_default();
        let (mut pause, longest) = PAUSE;
        while !shutdown.is_cancelled() {
            let begun = time::Instant::now();
            station.working.store(true, Ordering::Release);
            let runner = Arc::clone(&runner);
            let ended = self
                .worker(
                    lane,
                    settings,
                    runner,
                    Arc::clone(&station),
                    shutdown.clone(),
                )
                .await;
            station.working.store(false, Ordering::Release);
            if let Err(error) = ended
                && !shutdown.is_cancelled()
            {
                warn!(%lane, %error, "a worker stopped; starting another");
                if begun.elapsed() > longest {
                    pause = PAUSE.0;
                }
                time::sleep(pause).await;
                pause = (2 * pause).min(longest);
            }
        }
    }

    /// Boxed here, where its type is known: the compiler can't prove the unboxed one to be `Send` in a task.
    fn worker(
        &self,
        lane: Lane,
        settings: LaneSettings,
        runner: Arc<Runner>,
        station: Arc<Station>,
        shutdown: CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        let backend = self
            .storage(lane, settings.batch)
            .poll_with_strategy(Look::new(station));
        let worker = WorkerBuilder::new(format!("{lane}-{}", Uuid::now_v7().simple()))
            .backend(backend)
            .concurrency(settings.concurrency)
            .parallelize(tokio::spawn)
            .data(runner)
            .build(handle);
        Box::pin(worker.run_until(async move {
            shutdown.cancelled().await;
            Ok::<_, WorkerError>(())
        }))
    }

    /// Removes what apalis has noted as done.
    pub(crate) async fn purge(&self) -> Result<(), Error> {
        self.unpurged.store(0, Ordering::Release);
        for lane in Lane::ALL {
            let config = self.config(*lane);
            for done in [config.done_jobs_set(), config.dead_jobs_set()] {
                while self
                    .purge_some(&config, &done)
                    .await
                    .map_err(Error::PurgeRedis)?
                    == PURGE_BATCH
                {}
            }
        }
        Ok(())
    }

    async fn purge_some(&self, config: &Config, done: &str) -> Result<usize, RedisError> {
        let mut connection = self.server.connection();
        let ids: Vec<String> = redis::cmd("SPOP")
            .arg(done)
            .arg(PURGE_BATCH)
            .query_async(&mut connection)
            .await?;
        if !ids.is_empty() {
            let meta: Vec<String> = ids
                .iter()
                .map(|id| format!("{}:{id}", config.job_meta_hash()))
                .collect();
            let () = redis::pipe()
                .cmd("HDEL")
                .arg(config.job_data_hash())
                .arg(&ids)
                .ignore()
                .cmd("UNLINK")
                .arg(&meta)
                .ignore()
                .query_async(&mut connection)
                .await?;
        }
        Ok(ids.len())
    }

    fn storage(&self, lane: Lane, batch: usize) -> RedisStorage<JobRef> {
        RedisStorage::new(self.server.connection()).with_config(self.config(lane).batch_size(batch))
    }

    fn config(&self, lane: Lane) -> Config {
        Config::default()
            .queue(self.server.key(&format!("queue:{lane}")))
            // Fetching has moved the reference to the worker already; the ledger's claim is what counts.
            .lock_tasks(false)
            .emit_events(false)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS)
    }
}

/// What apalis runs for every reference. It always succeeds: outcomes belong to the ledger.
async fn handle(
    reference: JobRef,
    runner: Data<Arc<Runner>>,
    _: WorkerContext,
) -> Result<(), Infallible> {
    runner.run(reference.into()).await;
    Ok(())
}

/// Tells a lane's worker when to look into its queue.
struct Look {
    station: Arc<Station>,
    pushed: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    /// When to look again, and after how long the time after that.
    again: Option<(Pin<Box<Sleep>>, Duration)>,
    period: Interval,
}

impl Look {
    fn new(station: Arc<Station>) -> Self {
        let mut period = time::interval(LOOK);
        period.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        Self {
            pushed: Self::next_push(&station),
            station,
            again: None,
            period,
        }
    }

    fn next_push(station: &Arc<Station>) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        let station = Arc::clone(station);
        Box::pin(async move { station.pushed.notified().await })
    }
}

impl PollStrategy for Look {
    /// Leaves the task to be woken; apalis looks whenever it is.
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut told = Poll::Pending;
        while self.pushed.poll_unpin(cx).is_ready() {
            self.pushed = Self::next_push(&self.station);
            self.again = Some((Box::pin(time::sleep(LOOK_AGAIN)), 2 * LOOK_AGAIN));
            told = Poll::Ready(Some(()));
        }
        while let Some((again, then)) = &mut self.again
            && again.poll_unpin(cx).is_ready()
        {
            let then = *then;
            self.again = (then < LOOK).then(|| (Box::pin(time::sleep(then)), 2 * then));
            told = Poll::Ready(Some(()));
        }
        while self.period.poll_tick(cx).is_ready() {
            told = Poll::Ready(Some(()));
        }
        told
    }
}
