//! `wafaa serve`, `wafaa api` and `wafaa worker`: run until told to stop.

use anyhow::{Context, bail};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing::info;
use wafaa_domain::Lane;
use wafaa_jobs::Handle;

use crate::{cli::Listen, config::Config, runtime::Jobs, runtime::Runtime};

/// API, dashboard and workers.
pub(super) async fn serve(config: Config, listen: &Listen) -> anyhow::Result<()> {
    let listener = bind(listen).await?;
    let runtime = Runtime::open(config).await?;
    let jobs = runtime.start_jobs(|_| {}).await?;
    if matches!(jobs, Jobs::Elsewhere(_)) {
        bail!(
            "another wafaa runs the jobs of the data dir {}; stop it first, or use `wafaa api`",
            runtime.config.data_dir.display()
        );
    }
    answer(&runtime, jobs.handle(), listener).await?;
    jobs.stop().await;
    Ok(())
}

/// The API alone; its jobs wait for a worker.
pub(super) async fn api(config: Config, listen: &Listen) -> anyhow::Result<()> {
    let listener = bind(listen).await?;
    let runtime = Runtime::open(config).await?;
    let handle = Handle::without_workers(wafaa_jobs::kind::all());
    answer(&runtime, handle, listener).await
}

/// Workers alone, in all lanes unless told which.
pub(super) async fn worker(config: Config, lanes: &[Lane]) -> anyhow::Result<()> {
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
    info!("working");
    stop_signal()?.cancelled().await;
    jobs.stop().await;
    Ok(())
}

async fn answer(runtime: &Runtime, jobs: Handle, listener: TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let keys = runtime.config.secret_keys()?;
    let state = wafaa_api::State::new(
        runtime.documents(jobs),
        runtime.tenants(),
        runtime.retriever.clone(),
        runtime.responder.clone(),
        wafaa_api::Settings {
            secret_key: keys.current.into(),
            previous_keys: keys.previous.into_iter().map(Into::into).collect(),
            max_upload_bytes: runtime.config.max_upload_bytes,
        },
    );
    let shutdown = stop_signal()?;
    println!("listening on http://{address}");
    wafaa_api::serve(listener, state, shutdown).await?;
    Ok(())
}

async fn bind(listen: &Listen) -> anyhow::Result<TcpListener> {
    let Listen { host, port } = listen;
    TcpListener::bind((host.as_str(), *port))
        .await
        .with_context(|| format!("can't listen on {host}:{port}; choose another port with --port (0 picks a free one)"))
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
