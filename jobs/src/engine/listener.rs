//! What this process does when others tell it something.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wafaa_domain::Lane;
use wafaa_storage::redis::Heard;

use crate::{
    runner::Runner,
    signal::{Signal, Signals, Wake},
    transport::Transport,
};

/// Does what other processes say, until shutdown.
pub(super) async fn obey(
    signals: Signals,
    transport: Arc<Transport>,
    runner: Arc<Runner>,
    wake: Wake,
    shutdown: CancellationToken,
) {
    let mut heard = signals.hear();
    loop {
        let heard = tokio::select! {
            () = shutdown.cancelled() => return,
            heard = heard.recv() => heard,
        };
        let said = match heard {
            Some(Heard::Message(message)) => signals.others(&message),
            // Anything may have been missed.
            Some(Heard::Connected) => {
                let pushed = Lane::ALL.iter().copied().map(Signal::Pushed);
                pushed.chain([Signal::Look]).collect()
            }
            None => return,
        };
        for signal in said {
            match signal {
                Signal::Look => wake.look_here(),
                Signal::Pushed(lane) => transport.look(lane),
                Signal::Cancel(job) => runner.cancel(job),
            }
        }
    }
}
