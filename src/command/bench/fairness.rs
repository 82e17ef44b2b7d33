//! What one tenant's flood costs another: how long a quiet tenant's jobs wait beside ten thousand of a loud one,
//! and answers beside a saturated ingest, each compared with the same jobs on an idle machine in the same run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::time;
use wafaa_domain::{JobId, Lane, TenantScope};
use wafaa_jobs::{
    Context, Done, Engine, Enqueue, Failure, Kind, Registry, Settings, TransportSettings,
};
use wafaa_storage::ledger::{self, Job, NewJob};

use super::report::{Row, percentile};
use crate::runtime::Runtime;

/// Between two jobs of the quiet tenant, whatever became of the one before.
const PACE: Duration = Duration::from_millis(25);
/// What the quiet tenant's wait may grow by.
const FAIR: f64 = 1.5;
/// Jobs of the loud tenant in one transaction.
const BATCH: usize = 500;

/// A delivery: it mostly waits for somebody else's server.
#[derive(Serialize, Deserialize)]
struct Delivery {
    ms: u64,
}

impl Kind for Delivery {
    const KIND: &'static str = "bench_delivery";
    const LANE: Lane = Lane::Deliver;
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        time::sleep(Duration::from_millis(self.ms)).await;
        context.done().await
    }
}

/// A document's step, which takes its time.
#[derive(Serialize, Deserialize)]
struct Step {
    ms: u64,
}

impl Kind for Step {
    const KIND: &'static str = "bench_step";
    const LANE: Lane = Lane::Ingest;
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        time::sleep(Duration::from_millis(self.ms)).await;
        context.done().await
    }
}

/// An answer.
#[derive(Serialize, Deserialize)]
struct Reply {}

impl Kind for Reply {
    const KIND: &'static str = "bench_reply";
    const LANE: Lane = Lane::Reply;
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        context.done().await
    }
}

/// How much is measured.
pub(super) struct Flood {
    /// Jobs of the loud tenant.
    pub(super) jobs: usize,
    /// Milliseconds that each of them takes.
    pub(super) ms: u64,
    /// Jobs of the quiet tenant, at the most: only those that ran beside the flood count.
    pub(super) samples: usize,
}

pub(super) async fn measure(
    runtime: &Runtime,
    [loud, quiet]: [TenantScope; 2],
    queue: TransportSettings,
    flood: &Flood,
) -> anyhow::Result<Vec<Row>> {
    let registry = Registry::new()
        .with::<Delivery>()
        .with::<Step>()
        .with::<Reply>();
    let settings = Settings::new(queue, 2);
    let engine = Engine::start(Arc::clone(&runtime.services), registry, settings).await?;
    let bench = Bench {
        runtime,
        engine: &engine,
        loud,
        quiet,
        samples: flood.samples,
    };
    let delivery = |ms| new(&Delivery { ms });
    let step = new(&Step { ms: 100 })?;
    let reply = new(&Reply {})?;
    let rows = async {
        let mut rows = bench
            .compare(
                "delivery beside a flood of deliveries",
                &delivery(flood.ms)?,
                &delivery(flood.ms)?,
                flood.jobs,
            )
            .await?;
        let saturated = bench
            .compare("reply beside a saturated ingest", &reply, &step, 400)
            .await?;
        rows.extend(saturated);
        Ok::<_, anyhow::Error>(rows)
    };
    let rows = rows.await;
    engine.stop().await;
    rows
}

fn new<K: Enqueue>(job: &K) -> anyhow::Result<NewJob> {
    job.job().map_err(|failure| anyhow::anyhow!("{failure:?}"))
}

struct Bench<'a> {
    runtime: &'a Runtime,
    engine: &'a Engine,
    loud: TenantScope,
    quiet: TenantScope,
    samples: usize,
}

impl Bench<'_> {
    /// The quiet tenant's waits for `job`, alone and beside `jobs` of the loud one's `flood`.
    async fn compare(
        &self,
        what: &str,
        job: &NewJob,
        flood: &NewJob,
        jobs: usize,
    ) -> anyhow::Result<Vec<Row>> {
        // The first ones find cold caches.
        self.run(job).await?;
        let mut alone = waits(&self.run(job).await?);
        let mut ids = Vec::with_capacity(jobs);
        for _ in 0..jobs.div_ceil(BATCH) {
            let some: Vec<&NewJob> = std::iter::repeat_n(flood, BATCH.min(jobs)).collect();
            ids.extend(self.enqueue(self.loud, &some).await?);
        }
        self.engine.handle().wake();
        let begun = Instant::now();
        let mut beside = self.run(job).await?;
        self.finish(self.loud, flood.kind).await?;
        let took = begun.elapsed().as_secs_f64();
        // Only those count that came while there was something of the flood.
        let last = &ids[ids.len().saturating_sub(BATCH)..];
        let ends = self.look_up(self.loud, last).await?;
        let end = ends.iter().filter_map(|job| job.finished_at).max();
        beside.retain(|job| Some(job.created_at) < end);
        let mut beside = waits(&beside);
        let samples = beside.len();
        let (unloaded, loaded) = (percentile(&mut alone, 95), percentile(&mut beside, 95));
        Ok(vec![
            Row::plain(format!("{what}: wait alone, p95"), unloaded, "ms"),
            Row::plain(format!("{what}: wait of {samples} jobs, p95"), loaded, "ms"),
            Row::plain(
                format!("{what}: the flood's own speed"),
                super::embedding::count(jobs) / took,
                "jobs per second",
            ),
            Row::at_most(
                format!("{what}: so it waits longer by"),
                loaded / unloaded,
                "times",
                FAIR,
            ),
        ])
    }

    /// Enqueues the quiet tenant's `job`s at a steady pace and looks at them once they have all run: asking
    /// meanwhile would be a load of its own.
    async fn run(&self, job: &NewJob) -> anyhow::Result<Vec<Job>> {
        let mut pace = time::interval(PACE);
        let mut ids: Vec<JobId> = Vec::new();
        for _ in 0..self.samples {
            pace.tick().await;
            ids.extend(self.enqueue(self.quiet, &[job]).await?);
            self.engine.handle().wake();
        }
        self.finish(self.quiet, job.kind).await?;
        self.look_up(self.quiet, &ids).await
    }

    async fn look_up(&self, scope: TenantScope, ids: &[JobId]) -> anyhow::Result<Vec<Job>> {
        let tx = self.runtime.services.db.read(scope).await?;
        let mut jobs = Vec::with_capacity(ids.len());
        for id in ids {
            jobs.push(ledger::get(&tx, *id).await?);
        }
        Ok(jobs)
    }

    async fn enqueue(&self, scope: TenantScope, jobs: &[&NewJob]) -> anyhow::Result<Vec<JobId>> {
        let tx = self.runtime.services.db.write(scope).await?;
        let mut ids = Vec::with_capacity(jobs.len());
        for job in jobs {
            ids.push(ledger::enqueue(&tx, job).await?);
        }
        tx.commit().await?;
        Ok(ids)
    }

    /// Until no job of the kind is left.
    async fn finish(&self, scope: TenantScope, kind: &str) -> anyhow::Result<()> {
        loop {
            let tx = self.runtime.services.db.read(scope).await?;
            let stats = ledger::stats(&tx).await?;
            let counts = stats.counts.iter();
            if counts
                .filter(|stat| stat.kind == kind)
                .all(|stat| stat.state.is_final())
            {
                return Ok(());
            }
            time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// From being enqueued to being claimed.
fn waits(jobs: &[Job]) -> Vec<Duration> {
    let wait = |job: &Job| job.started_at.unwrap_or(job.created_at) - job.created_at;
    let waits = jobs.iter().map(|job| wait(job).to_std());
    waits.map(Result::unwrap_or_default).collect()
}
