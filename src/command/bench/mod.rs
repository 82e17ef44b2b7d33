//! `wafaa bench`: what this machine does, beside the numbers we want at least.
//!
//! Everything runs in a throw-away data dir, through the same code as in production; but for `load`, which asks an
//! installation that is running.

mod answers;
mod bombs;
mod embedding;
mod fairness;
mod ingest;
mod ledger;
mod load;
mod process;
mod report;
mod search;

use std::{process::ExitCode, sync::Arc};

use anyhow::bail;
use wafaa_domain::TenantScope;
use wafaa_jobs::TransportSettings;

use super::scratch::{ScratchDir, tenant};
use crate::{
    cli::{Bench, Output},
    config::Config,
    runtime::{Jobs, Runtime},
};

use fairness::Flood;
use report::Row;
use search::Shape;

/// How much is measured.
#[derive(Clone, Copy)]
struct Effort {
    /// Multiplies repetitions and sizes.
    factor: usize,
}

pub(super) async fn run(
    config: Config,
    what: Option<Bench>,
    quick: bool,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match what {
        Some(Bench::Load(load)) => load::run(&load, output).await,
        Some(Bench::Jobs { jobs }) => configured_jobs(config, jobs, output)
            .await
            .map(|()| ExitCode::SUCCESS),
        Some(Bench::Fairness { jobs, ms, samples }) => {
            let flood = Flood { jobs, ms, samples };
            fairness(config, &flood, output)
                .await
                .map(|()| ExitCode::SUCCESS)
        }
        Some(Bench::Bombs) => bombs::run(&config, output)
            .await
            .map(|()| ExitCode::SUCCESS),
        Some(Bench::Search { chunks, tenants }) => {
            let shape = Shape { tenants, chunks };
            searches(config, shape, output)
                .await
                .map(|()| ExitCode::SUCCESS)
        }
        None => machine(config, quick, output)
            .await
            .map(|()| ExitCode::SUCCESS),
    }
}

async fn machine(config: Config, quick: bool, output: Output) -> anyhow::Result<()> {
    let effort = Effort {
        factor: if quick { 1 } else { 4 },
    };
    let dir = ScratchDir::make("bench")?;
    let config = dir.of(config);
    let mut rows = embedding::measure(&config, effort)?;
    let runtime = Runtime::open(config).await?;
    let scope = tenant(&runtime.services.db, "bench").await?;
    let queue = TransportSettings::Sqlite(runtime.config.data_dir.join("bench-queue.db"));
    rows.extend(ledger::measure(&runtime, scope, queue, 1_500 * effort.factor).await?);
    let jobs = runtime.start_jobs(|_| {}).await?;
    let measured = measure(&runtime, &jobs, scope, effort).await;
    jobs.stop().await;
    rows.extend(measured?);
    let config = Arc::new(runtime.config);
    rows.extend(process::measure(&config)?);
    report::print(output, &rows)
}

/// Beside whatever else this installation does.
async fn configured_jobs(config: Config, jobs: usize, output: Output) -> anyhow::Result<()> {
    let runtime = Runtime::open(config).await?;
    let Some(redis) = runtime.redis.clone() else {
        bail!(
            "WAFAA_REDIS_URL is not set: this measures server mode; `wafaa bench` measures the other"
        );
    };
    let scope = tenant(
        &runtime.services.db,
        &format!("bench-{:08x}", rand::random::<u32>()),
    )
    .await?;
    let rows = ledger::measure(&runtime, scope, TransportSettings::Redis(redis), jobs).await?;
    report::print(output, &rows)
}

async fn searches(config: Config, shape: Shape, output: Output) -> anyhow::Result<()> {
    let dir = ScratchDir::make("bench")?;
    let runtime = Runtime::open(dir.of(config)).await?;
    let rows = search::measure(&runtime, shape).await?;
    report::print(output, &rows)
}

/// Beside whatever else this installation does, or, in embedded mode, by itself.
async fn fairness(config: Config, flood: &Flood, output: Output) -> anyhow::Result<()> {
    let dir = ScratchDir::make("bench")?;
    let config = if config.redis_url.is_some() {
        config
    } else {
        dir.of(config)
    };
    let runtime = Runtime::open(config).await?;
    let queue = match runtime.redis.clone() {
        Some(redis) => TransportSettings::Redis(redis),
        None => TransportSettings::Sqlite(dir.join("queue.db")),
    };
    let run: u32 = rand::random();
    let loud = tenant(&runtime.services.db, &format!("loud-{run:08x}")).await?;
    let quiet = tenant(&runtime.services.db, &format!("quiet-{run:08x}")).await?;
    let rows = fairness::measure(&runtime, [loud, quiet], queue, flood).await?;
    report::print(output, &rows)
}

async fn measure(
    runtime: &Runtime,
    jobs: &Jobs,
    scope: TenantScope,
    effort: Effort,
) -> anyhow::Result<Vec<Row>> {
    let documents = runtime.documents(jobs.handle());
    let mut rows = ingest::measure(runtime, &documents, scope, effort).await?;
    rows.extend(answers::measure(runtime, &documents, scope, effort).await?);
    Ok(rows)
}
