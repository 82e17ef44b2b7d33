//! One job from claim to outcome: lease, time limit, panic guard, cancellation, and what a failure means.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span, warn};
use wafaa_domain::{Failure as Reason, JobId, SystemScope, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, Claim, Heartbeat, Job},
};

use crate::{
    Bus, Context, Done, EventKind, Failure, Registry, Services, backoff, claims::Claims,
    tenant::Tenants,
};

/// Runs jobs of the registered kinds.
pub(crate) struct Runner {
    pub(crate) services: Arc<Services>,
    pub(crate) registry: Registry,
    pub(crate) bus: Bus,
    pub(crate) wake: Arc<Notify>,
    pub(crate) lease: Duration,
    claims: Claims,
    /// What calls running jobs off, by run.
    running: Mutex<HashMap<Claim, CancellationToken>>,
    abandoned: CancellationToken,
}

impl Runner {
    pub(crate) fn new(
        services: Arc<Services>,
        registry: Registry,
        bus: Bus,
        wake: Arc<Notify>,
        worker: String,
        lease: Duration,
    ) -> Self {
        Self {
            claims: Claims::new(services.db.clone(), worker, lease),
            services,
            registry,
            bus,
            wake,
            lease,
            running: Mutex::default(),
            abandoned: CancellationToken::new(),
        }
    }

    /// Runs the referenced job, if the reference is still good. Never fails: every outcome is in the ledger,
    /// and what can't be recorded there comes back when the lease runs out.
    pub(crate) async fn run(&self, claim: Claim) {
        // Before the claim, so that nobody who sees the job running calls it off unheard.
        let cancel = CancellationToken::new();
        self.running().insert(claim, cancel.clone());
        tokio::select! {
            () = self.claim_and_run(claim, cancel) => {}
            () = self.abandoned.cancelled() => {}
        }
        self.running().remove(&claim);
        self.wake.notify_one();
    }

    /// Tells a running job of this process that it has been called off.
    pub(crate) fn cancel(&self, job: JobId) {
        for (claim, token) in &*self.running() {
            if claim.job == job {
                token.cancel();
            }
        }
    }

    /// Whether a run of this job is under way in this process.
    pub(crate) fn has(&self, job: JobId) -> bool {
        self.running().keys().any(|claim| claim.job == job)
    }

    /// Drops every run where it stands. Nothing of it is recorded: it comes back by its lease.
    pub(crate) fn abandon(&self) {
        self.abandoned.cancel();
    }

    async fn claim_and_run(&self, claim: Claim, cancel: CancellationToken) {
        let job = match self.claims.claim(claim).await {
            Ok(Some(job)) => job,
            Ok(None) => return,
            Err(error) => {
                return warn!(job = %claim.job, %error, "can't claim a job; it will be dispatched again");
            }
        };
        self.bus.publish(EventKind::Started, &job, None);
        let span = info_span!("job", id = %job.id, kind = %job.kind, tenant = %job.tenant, attempt = job.attempt);
        let context = Context {
            services: Arc::clone(&self.services),
            scope: TenantScope::of_job(job.tenant, job.id),
            cancel,
            claim,
            job,
        };
        self.run_claimed(context).instrument(span).await;
    }

    async fn run_claimed(&self, context: Context) {
        let failure = match self.guarded(&context).await {
            Ok(Done { .. }) => return self.bus.publish(EventKind::Succeeded, &context.job, None),
            Err(failure) => failure,
        };
        let lost = matches!(failure, Failure::Stale | Failure::Cancelled);
        let db = &self.services.db;
        let settled = settle(
            db,
            &self.registry,
            &self.bus,
            &context.job,
            context.claim,
            failure,
        );
        if let Err(error) = settled.await {
            warn!(%error, "can't record a job's outcome; its lease will run out");
        }
        // Its tenant may have been erased while it wrote files.
        if lost && let Err(error) = self.tenants().look_after(context.job.tenant).await {
            warn!(%error, "can't look after a job that was lost; upkeep will");
        }
    }

    /// The run itself, dropped when time is up or somebody calls it off, with a heartbeat beside it.
    async fn guarded(&self, context: &Context) -> Result<Done, Failure> {
        let kind = self.registry.get(&context.job.kind).ok_or_else(|| {
            Failure::Snooze(
                Duration::from_secs(60),
                format!("no worker here knows the kind `{}`", context.job.kind),
            )
        })?;
        let run = kind.run(context.job.payload.clone(), context);
        let guarded = time::timeout(kind.timeout(), AssertUnwindSafe(run).catch_unwind());
        tokio::select! {
            biased;
            outcome = guarded => match outcome {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(panic)) => Err(Failure::Retry(format!("the job panicked: {}", message(&*panic)))),
                Err(_) => Err(Failure::Retry(format!("the job took longer than {:?}", kind.timeout()))),
            },
            failure = self.renew(context) => Err(failure),
        }
    }

    fn tenants(&self) -> Tenants {
        Tenants {
            db: self.services.db.clone(),
            blobs: self.services.blobs.clone(),
            vectors: self.services.vectors.clone(),
        }
    }

    /// Renews the lease until the job is called off or lost.
    async fn renew(&self, context: &Context) -> Failure {
        let mut beat = time::interval(self.lease / 3);
        beat.tick().await;
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = context.cancel.cancelled() => return Failure::Cancelled,
            }
            match self.heartbeat(context.claim).await {
                Ok(Heartbeat::Renewed) => {}
                Ok(Heartbeat::CancelRequested) => return Failure::Cancelled,
                Ok(Heartbeat::Lost) => return Failure::Stale,
                Err(error) => warn!(%error, "can't renew a job's lease"),
            }
        }
    }

    async fn heartbeat(&self, claim: Claim) -> wafaa_storage::Result<Heartbeat> {
        let tx = self
            .services
            .db
            .write(SystemScope::new("renew a job's lease"))
            .await?;
        let answer = ledger::heartbeat(&tx, claim, self.lease).await?;
        tx.commit().await?;
        Ok(answer)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Claim, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records what a failure means: another attempt, or the end of the job and what its kind has to say of that.
pub(crate) async fn settle(
    db: &Database,
    registry: &Registry,
    bus: &Bus,
    job: &Job,
    claim: Claim,
    failure: Failure,
) -> wafaa_storage::Result<()> {
    let tx = db.write(TenantScope::of_job(job.tenant, job.id)).await?;
    let exhausted = job.attempt >= job.max_attempts;
    let recorded = match failure {
        Failure::Retry(error) if !exhausted => {
            let delay = backoff::delay(job.attempt);
            let again = ledger::reschedule(&tx, claim, delay, &error).await;
            again.map(|()| (EventKind::Rescheduled, Some(error)))
        }
        Failure::RetryAfter(delay, error) if !exhausted => {
            let again = ledger::reschedule(&tx, claim, delay, &error).await;
            again.map(|()| (EventKind::Rescheduled, Some(error)))
        }
        Failure::Snooze(delay, reason) => {
            let again = ledger::snooze(&tx, claim, delay, &reason).await;
            again.map(|()| (EventKind::Rescheduled, Some(reason)))
        }
        Failure::Retry(error) | Failure::RetryAfter(_, error) => {
            warn!(job = %job.id, kind = %job.kind, error, "a job is out of attempts");
            let buried = bury(registry, &tx, job, claim, &error, &internal()).await;
            buried.map(|()| (EventKind::Dead, Some(error)))
        }
        Failure::Dead(reason) => {
            let error = format!("{}: {}", reason.code, reason.message);
            let buried = bury(registry, &tx, job, claim, &error, &reason).await;
            buried.map(|()| (EventKind::Dead, Some(reason.message)))
        }
        Failure::Cancelled | Failure::Stale => Err(wafaa_storage::Error::Stale),
    };
    let (event, error) = match recorded {
        Ok(recorded) => recorded,
        // A stale run that still has its job was called off, or worked for something that is gone or
        // newer: either way there is nothing left to do.
        Err(wafaa_storage::Error::Stale) => match ledger::cancelled(&tx, claim).await {
            Err(wafaa_storage::Error::Stale) => return Ok(()),
            other => {
                other?;
                end(registry, &tx, job, &called_off()).await?;
                (EventKind::Cancelled, None)
            }
        },
        Err(error) => return Err(error),
    };
    tx.commit().await?;
    bus.publish(event, job, error);
    Ok(())
}

async fn bury(
    registry: &Registry,
    tx: &wafaa_storage::Tx<TenantScope>,
    job: &Job,
    claim: Claim,
    error: &str,
    reason: &Reason,
) -> wafaa_storage::Result<()> {
    ledger::bury(tx, claim, error).await?;
    end(registry, tx, job, reason).await
}

/// Lets the job's kind note what a bad end means.
pub(crate) async fn end(
    registry: &Registry,
    tx: &wafaa_storage::Tx<TenantScope>,
    job: &Job,
    reason: &Reason,
) -> wafaa_storage::Result<()> {
    match registry.get(&job.kind) {
        Some(kind) => kind.ended(job.payload.clone(), tx, reason).await,
        None => Ok(()),
    }
}

/// What the tenant reads of a job that is out of attempts.
fn internal() -> Reason {
    Reason {
        code: "internal".into(),
        message: "Something went wrong on our side. Please try again later.".into(),
    }
}

/// What the tenant reads of a job that was called off.
pub(crate) fn called_off() -> Reason {
    Reason {
        code: "cancelled".into(),
        message: "This was cancelled. Upload the document again, or retry the job.".into(),
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
