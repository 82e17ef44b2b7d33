//! Renewing the leases of running jobs, all together, for as long as each has its turns.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wafaa_domain::SystemScope;
use wafaa_storage::ledger::{self, Claim, Heartbeat};

use super::{Run, Runner};

impl Runner {
    /// Renews the leases of all running jobs together, until shutdown and their end.
    pub(crate) async fn renew(self: Arc<Self>, shutdown: CancellationToken) {
        let mut beat = time::interval(self.lease / 3);
        beat.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let ended = self.ended(shutdown);
        tokio::pin!(ended);
        loop {
            tokio::select! {
                () = &mut ended => return,
                _ = beat.tick() => {}
            }
            if let Err(error) = self.renew_once().await {
                warn!(%error, "can't renew the leases of running jobs");
            }
        }
    }

    /// Until shutdown and the end of the runs that were under way.
    async fn ended(&self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
        while !self.running().is_empty() {
            time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn renew_once(&self) -> wafaa_storage::Result<()> {
        let recently = |run: &Run| run.alive.is_some_and(|at| at.elapsed() < self.lease);
        let claims: Vec<Claim> = self
            .running()
            .iter()
            .filter(|(_, run)| recently(run))
            .map(|(claim, _)| *claim)
            .collect();
        if claims.is_empty() {
            return Ok(());
        }
        let scope = SystemScope::new("renew the leases of running jobs");
        let tx = self.services.db.write_softly(scope).await?;
        let told = ledger::heartbeat(&tx, &claims, self.lease).await?;
        tx.commit().await?;
        let told: HashMap<Claim, Heartbeat> = told.into_iter().collect();
        for claim in claims {
            let Some(run) = self.running().get(&claim).cloned() else {
                continue;
            };
            match told.get(&claim) {
                Some(Heartbeat::Renewed) => {}
                Some(Heartbeat::CancelRequested) => run.cancel.cancel(),
                None => run.lost.cancel(),
            }
        }
        Ok(())
    }

    /// Notes now and then that the run has its turns.
    pub(super) async fn live(&self, claim: Claim) -> Infallible {
        let mut turn = time::interval(self.lease / 3);
        loop {
            turn.tick().await;
            if let Some(run) = self.running().get_mut(&claim) {
                run.alive = Some(Instant::now());
            }
        }
    }
}

/// A lost job may be one that has just succeeded and is about to hear of it.
pub(super) async fn given_up(lost: &CancellationToken) {
    const HEARING: Duration = Duration::from_secs(1);
    lost.cancelled().await;
    time::sleep(HEARING).await;
}
