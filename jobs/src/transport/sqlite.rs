//! The transport of embedded mode: apalis-sqlite in a file of its own.
//!
//! apalis polls when told to: a push wakes the lane, and as long as pushed references have not reached a
//! handler the lane keeps looking, because a fetch that was under way during the push may have missed them.
//! A worker that dies of a database error is started again under a new name, with a pause.

use std::{
    collections::HashMap,
    convert::Infallible,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{
    BackendExt, Data, ParallelizeExt, PollSnapshot, PollStrategy, TaskSink, WorkerBuilder,
    WorkerBuilderExt, WorkerContext, WorkerError,
};
use apalis_sqlite::{Config, SqliteStorage};
use futures::{FutureExt, future::BoxFuture};
use sqlx::{
    SqlitePool,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use tokio::time::{self, Sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use wafaa_domain::Lane;
use wafaa_storage::ledger::Dispatched;

use super::{Error, JobRef};
use crate::{engine::LaneSettings, runner::Runner};

/// How soon to look again while pushed references are missing.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// A lane that gave up finding a reference stops looking for it; the dispatcher's lease brings it back.
const GIVE_UP: Duration = Duration::from_secs(5);
/// Indexes of apalis that nothing here needs: keeping them up costs more than all the rest, and `LIdx` has an
/// acknowledgement look at every row that its worker ever took.
const UNUSED: [&str; 6] = [
    "DROP INDEX IF EXISTS LIdx",
    "DROP INDEX IF EXISTS idx_jobs_job_type_status_run_at",
    "DROP INDEX IF EXISTS idx_jobs_status_run_at",
    "DROP INDEX IF EXISTS idx_jobs_completed_done_at",
    "DROP INDEX IF EXISTS idx_jobs_running",
    "DROP INDEX IF EXISTS idx_jobs_claimable",
];
/// References after which the delivered ones are removed: the table stays small enough to be scanned.
const PURGE_EVERY: i64 = 2_000;
const RESTART_PAUSE: Duration = Duration::from_millis(500);
const HEARTBEAT: Duration = Duration::from_secs(30);

/// A queue file and the lanes in it.
#[derive(Debug)]
pub(crate) struct Sqlite {
    pool: SqlitePool,
    /// References pushed since the last purge.
    unpurged: AtomicI64,
    lanes: HashMap<Lane, Arc<Backlog>>,
}

/// References pushed to a lane that have not reached a handler yet.
#[derive(Debug, Default)]
struct Backlog {
    missing: AtomicI64,
    pushed: tokio::sync::Notify,
}

impl Sqlite {
    /// Opens an empty queue; what an earlier process left in it is in the ledger too.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = path.as_os_str().to_owned();
            file.push(suffix);
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(unusable(path, error));
                }
                _ => {}
            }
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Whatever a crash leaves of the file is thrown away, so nothing is worth waiting for the disk.
            .synchronous(SqliteSynchronous::Off)
            .locking_mode(SqliteLockingMode::Exclusive)
            .busy_timeout(Duration::from_secs(10));
        // One connection: writers queue for it instead of spinning on the file's lock.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options)
            .await
            .map_err(|error| unusable(path, error))?;
        SqliteStorage::migrations()
            .run(&pool)
            .await
            .map_err(|error| unusable(path, error))?;
        for drop in UNUSED {
            let dropped = sqlx::query(drop).execute(&pool).await;
            dropped.map_err(|error| unusable(path, error))?;
        }
        Ok(Self {
            pool,
            unpurged: AtomicI64::new(0),
            lanes: Lane::ALL
                .iter()
                .map(|lane| (*lane, Arc::default()))
                .collect(),
        })
    }

    pub(crate) async fn push(&self, lane: Lane, jobs: &[Dispatched]) -> Result<(), Error> {
        let mut storage = self.storage(lane, 1);
        let references = jobs.iter().copied().map(JobRef::from).collect();
        storage
            .push_bulk(references)
            .await
            .map_err(|error| Error::Push(error.to_string()))?;
        if let Some(backlog) = self.lanes.get(&lane) {
            let pushed = i64::try_from(jobs.len()).unwrap_or(i64::MAX);
            backlog.missing.fetch_add(pushed, Ordering::AcqRel);
            backlog.pushed.notify_one();
            if self.unpurged.fetch_add(pushed, Ordering::AcqRel) + pushed > PURGE_EVERY {
                self.purge().await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn work(
        &self,
        lane: Lane,
        settings: LaneSettings,
        runner: Arc<Runner>,
        shutdown: CancellationToken,
    ) {
        while !shutdown.is_cancelled() {
            let ended = self
                .worker(lane, settings, Arc::clone(&runner), shutdown.clone())
                .await;
            if let Err(error) = ended
                && !shutdown.is_cancelled()
            {
                warn!(%lane, %error, "a worker stopped; starting another");
                time::sleep(RESTART_PAUSE).await;
            }
        }
    }

    /// Boxed here, where its type is known: the compiler can't prove the unboxed one to be `Send` in a task.
    fn worker(
        &self,
        lane: Lane,
        settings: LaneSettings,
        runner: Arc<Runner>,
        shutdown: CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        let backlog = self.lanes.get(&lane).cloned().unwrap_or_default();
        let wake = Wake::new(Arc::clone(&backlog));
        let backend = self.storage(lane, settings.batch).poll_with_strategy(wake);
        let worker = WorkerBuilder::new(format!("{lane}-{}", Uuid::now_v7().simple()))
            .backend(backend)
            .concurrency(settings.concurrency)
            .parallelize(tokio::spawn)
            .data(runner)
            .data(backlog)
            .build(handle);
        Box::pin(worker.run_until(async move {
            shutdown.cancelled().await;
            Ok::<_, WorkerError>(())
        }))
    }

    pub(crate) async fn purge(&self) -> Result<(), Error> {
        self.unpurged.store(0, Ordering::Release);
        sqlx::query("DELETE FROM Jobs WHERE status IN ('Done', 'Failed', 'Killed')")
            .execute(&self.pool)
            .await
            .map_err(Error::Purge)?;
        Ok(())
    }

    fn storage(&self, lane: Lane, batch: usize) -> SqliteStorage<JobRef> {
        let config = Config::default()
            .queue(lane.as_str())
            .batch_size(batch)
            // Fetching has marked the row already; the ledger's claim is what counts.
            .lock_tasks(false)
            .heartbeat_interval(HEARTBEAT);
        SqliteStorage::new(&self.pool).with_config(config)
    }
}

/// What apalis runs for every reference. It always succeeds: outcomes belong to the ledger.
async fn handle(
    reference: JobRef,
    runner: Data<Arc<Runner>>,
    backlog: Data<Arc<Backlog>>,
    _: WorkerContext,
) -> Result<(), Infallible> {
    backlog.missing.fetch_sub(1, Ordering::AcqRel);
    runner.run(reference.into()).await;
    Ok(())
}

/// Tells a lane's worker when to look into the queue.
struct Wake {
    backlog: Arc<Backlog>,
    pushed: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    look_again: Option<Pin<Box<Sleep>>>,
    looking_since: Option<time::Instant>,
}

impl Wake {
    fn new(backlog: Arc<Backlog>) -> Self {
        Self {
            pushed: Self::next_push(&backlog),
            backlog,
            look_again: None,
            looking_since: None,
        }
    }

    fn next_push(backlog: &Arc<Backlog>) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        let backlog = Arc::clone(backlog);
        Box::pin(async move { backlog.pushed.notified().await })
    }

    /// Whether pushed references are still on their way, within reason.
    fn looking(&mut self) -> bool {
        if self.backlog.missing.load(Ordering::Acquire) <= 0 {
            self.looking_since = None;
            return false;
        }
        let since = *self.looking_since.get_or_insert_with(time::Instant::now);
        if since.elapsed() > GIVE_UP {
            self.backlog.missing.store(0, Ordering::Release);
            self.looking_since = None;
            return false;
        }
        true
    }
}

impl PollStrategy for Wake {
    /// Leaves the task to be woken by the next push, and soon again while references are missing.
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut pushed = false;
        while self.pushed.poll_unpin(cx).is_ready() {
            pushed = true;
            self.pushed = Self::next_push(&self.backlog);
        }
        if self.looking() {
            let timer = self
                .look_again
                .get_or_insert_with(|| Box::pin(time::sleep(LOOK_AGAIN)));
            while timer.poll_unpin(cx).is_ready() {
                timer.set(time::sleep(LOOK_AGAIN));
            }
        } else {
            self.look_again = None;
        }
        if pushed {
            Poll::Ready(Some(()))
        } else {
            Poll::Pending
        }
    }
}

fn unusable(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Open {
        path: path.display().to_string(),
        source: Box::new(source),
    }
}
