//! Brings back jobs whose worker died or whose reference the transport lost.

use std::time::Duration;

use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wafaa_domain::{JobState, SystemScope, TenantScope};
use wafaa_storage::{
    Database, Error,
    ledger::{self, Expired},
};

use crate::{Bus, EventKind, Failure, Registry, fleet::Fleet, measure, runner, signal::Wake};

/// How often leases are looked at: one probe of an index.
const PERIOD: Duration = Duration::from_millis(500);

/// The reconciler of a process.
pub(crate) struct Reconciler {
    pub(crate) db: Database,
    pub(crate) registry: Registry,
    pub(crate) bus: Bus,
    pub(crate) wake: Wake,
    pub(crate) fleet: Fleet,
}

impl Reconciler {
    /// Reconciles until shutdown.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut period = time::interval(PERIOD);
        period.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = period.tick() => {}
                () = self.fleet.forfeited.notified() => {}
            }
            match self.reconcile().await {
                Ok(0) => {}
                Ok(jobs) => {
                    measure::recovered(jobs);
                    info!(jobs, "brought back jobs whose lease had run out");
                    self.wake.look();
                }
                Err(error) => warn!(%error, "can't look for jobs whose lease has run out"),
            }
        }
    }

    /// Brings back what has expired; answers how many jobs that were.
    pub(crate) async fn reconcile(&self) -> wafaa_storage::Result<usize> {
        let tx = self
            .db
            .read(SystemScope::new("find jobs whose lease has run out"))
            .await?;
        let expired = ledger::expired(&tx).await?;
        tx.commit().await?;
        let mut returned = 0;
        for found in expired {
            match self.bring_back(&found).await {
                Ok(()) => returned += 1,
                // Its worker came back to life, or another reconciler was faster.
                Err(Error::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(returned)
    }

    async fn bring_back(&self, Expired { job, claim }: &Expired) -> wafaa_storage::Result<()> {
        let ran = job.state == JobState::Running;
        if ran && job.cancel_requested {
            let settled = runner::settle(
                &self.db,
                &self.registry,
                &self.bus,
                job,
                *claim,
                Failure::Cancelled,
            );
            measure::ended(job, settled.await?);
            return Ok(());
        }
        if ran && job.attempt >= job.max_attempts {
            let failure = Failure::retry("its worker stopped before it was done, time and again");
            let settled = runner::settle(&self.db, &self.registry, &self.bus, job, *claim, failure);
            measure::ended(job, settled.await?);
            return Ok(());
        }
        let tx = self
            .db
            .write(TenantScope::of_job(job.tenant, job.id))
            .await?;
        ledger::release(&tx, *claim).await?;
        tx.commit().await?;
        self.bus.publish(EventKind::Rescheduled, job, None);
        Ok(())
    }
}
