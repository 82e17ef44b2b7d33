//! Serving the application on a socket until told to stop.

use std::{io, time::Duration};

use poem::{Endpoint, Server, listener::TcpAcceptor};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    app, metrics,
    probe::{self, Probes},
    state::State,
};

/// How long requests may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` fires, then lets running requests end.
///
/// # Errors
/// When the listener can't be served on.
pub async fn serve(
    listener: TcpListener,
    state: State,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let closing = state.closing.clone();
    let stop = async move {
        shutdown.cancelled().await;
        closing.cancel();
    };
    run(listener, app(state), stop).await
}

/// Serves health and metrics of a process that answers nothing else, until `shutdown` fires.
///
/// # Errors
/// When the listener can't be served on.
pub async fn serve_probes(
    listener: TcpListener,
    probes: Probes,
    shutdown: CancellationToken,
) -> io::Result<()> {
    run(listener, probe::app(probes), shutdown.cancelled_owned()).await
}

async fn run(
    listener: TcpListener,
    app: impl Endpoint + 'static,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    metrics::record_metrics();
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    let served = CancellationToken::new();
    let _served = served.clone().drop_guard();
    tokio::spawn(metrics::upkeep(served));
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(app, stop, Some(GRACE))
        .await
}
