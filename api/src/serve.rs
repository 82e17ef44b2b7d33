//! Serving the application on a socket until told to stop.

use std::{io, time::Duration};

use poem::{Server, listener::TcpAcceptor};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{app, state::State};

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
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    let closing = state.closing.clone();
    let stop = async move {
        shutdown.cancelled().await;
        closing.cancel();
    };
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(app(state), stop, Some(GRACE))
        .await
}
