//! The ledger and its transport with jobs that do nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use wafaa_domain::{JobState, Lane, TenantScope};
use wafaa_jobs::{
    Context, Done, Engine, Enqueue, EventKind, Failure, Kind, Registry, Settings, TransportSettings,
};
use wafaa_storage::ledger;

use super::{
    embedding::count,
    report::{Row, percentile},
};
use crate::runtime::Runtime;

/// A job that does nothing, in the lane with the most workers.
#[derive(Serialize, Deserialize)]
struct Noop {}

impl Kind for Noop {
    const KIND: &'static str = "bench_noop";
    const LANE: Lane = Lane::Deliver;
    const TIMEOUT: Duration = Duration::from_secs(10);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        context.done().await
    }
}

pub(super) async fn measure(
    runtime: &Runtime,
    scope: TenantScope,
    queue: TransportSettings,
    jobs: usize,
) -> anyhow::Result<Vec<Row>> {
    // What is wanted at least, on two cores.
    let (speed_wanted, soon) = match queue {
        TransportSettings::Sqlite(_) => (1_000.0, 20.0),
        TransportSettings::Redis(_) => (2_000.0, 10.0),
    };
    let settings = Settings::new(queue, 2);
    let engine = Engine::start(
        Arc::clone(&runtime.services),
        Registry::new().with::<Noop>(),
        settings,
    )
    .await?;
    let waits = pick_up(runtime, &engine, scope, 200).await;
    let speed = throughput(runtime, &engine, scope, jobs).await;
    engine.stop().await;
    Ok(vec![
        Row::at_least(
            "no-op jobs, enqueued, run and committed",
            speed?,
            "jobs per second",
            speed_wanted,
        ),
        Row::at_most("idle pick-up, p95", percentile(&mut waits?, 95), "ms", soon),
    ])
}

async fn enqueue(runtime: &Runtime, scope: TenantScope, jobs: usize) -> anyhow::Result<()> {
    let tx = runtime.services.db.write(scope).await?;
    let job = Noop {}
        .job()
        .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
    for _ in 0..jobs {
        ledger::enqueue(&tx, &job).await?;
    }
    Ok(tx.commit().await?)
}

async fn throughput(
    runtime: &Runtime,
    engine: &Engine,
    scope: TenantScope,
    jobs: usize,
) -> anyhow::Result<f64> {
    let before = succeeded(runtime, scope).await?;
    let begun = Instant::now();
    for _ in 0..jobs / 100 {
        enqueue(runtime, scope, 100).await?;
        engine.handle().wake();
    }
    let wanted = before + (jobs / 100 * 100) as u64;
    while succeeded(runtime, scope).await? < wanted {
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Ok(count(jobs / 100 * 100) / begun.elapsed().as_secs_f64())
}

async fn succeeded(runtime: &Runtime, scope: TenantScope) -> anyhow::Result<u64> {
    let tx = runtime.services.db.read(scope).await?;
    let stats = ledger::stats(&tx).await?;
    let done = stats
        .counts
        .iter()
        .filter(|stat| stat.state == JobState::Succeeded);
    Ok(done.map(|stat| stat.jobs).sum())
}

/// From the commit of an enqueued job until a worker has claimed it.
async fn pick_up(
    runtime: &Runtime,
    engine: &Engine,
    scope: TenantScope,
    times: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut events = engine.handle().bus().listen();
    let mut waits = Vec::new();
    for _ in 0..times {
        tokio::time::sleep(Duration::from_millis(20)).await;
        enqueue(runtime, scope, 1).await?;
        let begun = Instant::now();
        engine.handle().wake();
        while events.recv().await?.event != EventKind::Started {}
        waits.push(begun.elapsed());
    }
    Ok(waits)
}
