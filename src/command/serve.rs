//! `wafaa serve`, `wafaa api` and `wafaa worker`: run until told to stop.

use anyhow::{Context, bail};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::info;
use wafaa_domain::Lane;
use wafaa_jobs::{Handle, inventory};

use crate::{
    cli::{Listen, Probes},
    config::Config,
    runtime::{Jobs, Runtime},
};

/// API, dashboard and workers.
pub(super) async fn serve(config: Config, listen: &Listen) -> anyhow::Result<()> {
    let listener = bind(&listen.host, listen.port).await?;
    wafaa_api::record_metrics();
    let runtime = Runtime::open(config).await?;
    let jobs = runtime.start_jobs(|_| {}).await?;
    if matches!(jobs, Jobs::Elsewhere(_)) {
        bail!(
            "another wafaa runs the jobs of the data dir {}; stop it first, or use `wafaa api`",
            runtime.config.data_dir.display()
        );
    }
    let inventory = take_stock(&runtime);
    answer(&runtime, jobs.handle(), listener).await?;
    drop(inventory);
    jobs.stop().await;
    Ok(())
}

/// The API alone; its jobs wait for a worker.
pub(super) async fn api(config: Config, listen: &Listen) -> anyhow::Result<()> {
    let listener = bind(&listen.host, listen.port).await?;
    wafaa_api::record_metrics();
    let runtime = Runtime::open(config).await?;
    answer(&runtime, runtime.watch_jobs(), listener).await
}

/// Workers alone, in all lanes unless told which.
pub(super) async fn worker(config: Config, lanes: &[Lane], probes: &Probes) -> anyhow::Result<()> {
    let listener = match probes.port {
        Some(port) => Some(bind(&probes.host, port).await?),
        None => None,
    };
    if listener.is_some() {
        wafaa_api::record_metrics();
    }
    let runtime = Runtime::open(config).await?;
    let jobs = runtime
        .start_jobs(|settings| {
            if !lanes.is_empty() {
                settings.lanes.retain(|lane, _| lanes.contains(lane));
            }
        })
        .await?;
    if matches!(jobs, Jobs::Elsewhere(_)) {
        bail!(
            "another wafaa runs the jobs of the data dir {}",
            runtime.config.data_dir.display()
        );
    }
    let shutdown = stop_signal()?;
    info!("working");
    match listener {
        Some(listener) => {
            let _inventory = take_stock(&runtime);
            println!("listening on http://{}", listener.local_addr()?);
            let probes = wafaa_api::Probes::new(
                runtime.services.db.clone(),
                runtime.redis.clone(),
                jobs.handle(),
            );
            wafaa_api::serve_probes(listener, probes, shutdown).await?;
        }
        None => shutdown.cancelled().await,
    }
    jobs.stop().await;
    Ok(())
}

/// Takes stock of the vector tables, for the metrics, until what this answers is dropped.
fn take_stock(runtime: &Runtime) -> DropGuard {
    let stop = CancellationToken::new();
    let services = &runtime.services;
    tokio::spawn(inventory::watch(
        services.db.clone(),
        services.vectors.clone(),
        stop.clone(),
    ));
    stop.drop_guard()
}

async fn answer(runtime: &Runtime, jobs: Handle, listener: TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let keys = runtime.config.secret_keys()?;
    let state = wafaa_api::State::new(
        runtime.documents(jobs.clone()),
        runtime.sources(jobs.clone()),
        runtime.tenants(),
        runtime.retriever.clone(),
        runtime.services.responder.clone(),
        runtime.conversations(&jobs),
        runtime.services.limiter.clone(),
        wafaa_api::Settings {
            secret_key: keys.current.into(),
            previous_keys: keys.previous.into_iter().map(Into::into).collect(),
            max_upload_bytes: runtime.config.max_upload_bytes,
            questions_at_once: runtime.questions_at_once(),
            redis: runtime.redis.clone(),
            trusted_proxies: runtime.config.trusted_proxies.clone(),
        },
    );
    let shutdown = stop_signal()?;
    println!("listening on http://{address}");
    wafaa_api::serve(listener, state, shutdown).await?;
    Ok(())
}

async fn bind(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((host, port)).await.with_context(|| {
        format!(
            "can't listen on {host}:{port}; choose another port with --port (0 picks a free one)"
        )
    })
}

/// Fires on SIGTERM or Ctrl-C.
fn stop_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let fired = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping");
        fired.cancel();
    });
    Ok(token)
}
