//! One job from claim to outcome: lease, time limit, panic guard, cancellation, and what a failure means.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::FutureExt;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, warn};
use wafaa_domain::{Failure as Reason, JobId, SystemScope, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, Claim, Heartbeat, Job},
};

use crate::{
    Bus, Context, Done, EventKind, Failure, Registry, Services, backoff,
    measure::{self, Outcome},
    signal::Wake,
    tenant::Tenants,
    together::{Claiming, Succeeding, Together},
    trace,
};

/// Runs jobs of the registered kinds.
pub(crate) struct Runner {
    pub(crate) services: Arc<Services>,
    pub(crate) registry: Registry,
    pub(crate) bus: Bus,
    pub(crate) wake: Wake,
    pub(crate) lease: Duration,
    claims: Together<Claiming>,
    ends: Arc<Together<Succeeding>>,
    running: Mutex<HashMap<Claim, Run>>,
    abandoned: CancellationToken,
}

/// What this process knows of a run.
#[derive(Debug, Clone)]
struct Run {
    /// Calls it off.
    cancel: CancellationToken,
    /// The job is somebody else's now.
    lost: CancellationToken,
    /// When the run itself last had a turn, once it has begun: one that is stuck doesn't get its lease renewed.
    alive: Option<Instant>,
}

impl Runner {
    pub(crate) fn new(
        services: Arc<Services>,
        registry: Registry,
        bus: Bus,
        wake: Wake,
        worker: String,
        lease: Duration,
    ) -> Self {
        let claiming = Claiming {
            db: services.db.clone(),
            worker,
            lease,
        };
        let succeeding = Succeeding {
            db: services.db.clone(),
        };
        Self {
            claims: Together::new(claiming),
            ends: Arc::new(Together::new(succeeding)),
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
        let run = Run {
            cancel: CancellationToken::new(),
            lost: CancellationToken::new(),
            alive: None,
        };
        self.running().insert(claim, run.clone());
        tokio::select! {
            () = self.claim_and_run(claim, run) => {}
            () = self.abandoned.cancelled() => {}
        }
        self.running().remove(&claim);
        self.wake.look();
    }

    /// Tells a running job of this process that it has been called off.
    pub(crate) fn cancel(&self, job: JobId) {
        for (claim, run) in &*self.running() {
            if claim.job == job {
                run.cancel.cancel();
            }
        }
    }

    /// Whether a run of this job is under way in this process.
    pub(crate) fn has(&self, job: JobId) -> bool {
        self.running().keys().any(|claim| claim.job == job)
    }

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

    /// Drops every run where it stands. Nothing of it is recorded: it comes back by its lease.
    pub(crate) fn abandon(&self) {
        self.abandoned.cancel();
    }

    async fn claim_and_run(&self, claim: Claim, run: Run) {
        let job = match self.claims.make(claim).await {
            Ok(Some(job)) => job,
            Ok(None) => return,
            Err(error) => {
                return warn!(job = %claim.job, %error, "can't claim a job; it will be dispatched again");
            }
        };
        self.bus.publish(EventKind::Started, &job, None);
        measure::started(&job);
        let span = trace::of_run(&job);
        let context = Context {
            services: Arc::clone(&self.services),
            scope: TenantScope::of_job(job.tenant, job.id),
            cancel: run.cancel,
            ends: Arc::clone(&self.ends),
            claim,
            job,
        };
        self.run_claimed(context, run.lost).instrument(span).await;
    }

    async fn run_claimed(&self, context: Context, lost: CancellationToken) {
        let begun = Instant::now();
        let outcome = self.guarded(&context, lost).await;
        let run = begun.elapsed();
        let failure = match outcome {
            Ok(Done { .. }) => {
                measure::finished(&context.job, Outcome::Succeeded, run);
                return self.bus.publish(EventKind::Succeeded, &context.job, None);
            }
            Err(failure) => failure,
        };
        let gone = matches!(failure, Failure::Stale | Failure::Cancelled);
        let db = &self.services.db;
        let settled = settle(
            db,
            &self.registry,
            &self.bus,
            &context.job,
            context.claim,
            failure,
        );
        match settled.await {
            Ok(outcome) => measure::finished(&context.job, outcome, run),
            Err(error) => warn!(%error, "can't record a job's outcome; its lease will run out"),
        }
        // Its tenant may have been erased while it wrote files.
        if gone
            && let Err(error) = Tenants::from(&*self.services)
                .look_after(context.job.tenant)
                .await
        {
            warn!(%error, "can't look after a job that was lost; upkeep will");
        }
    }

    /// The run itself, dropped when time is up or somebody calls it off, noting that it lives.
    async fn guarded(&self, context: &Context, lost: CancellationToken) -> Result<Done, Failure> {
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
            () = context.cancel.cancelled() => Err(Failure::Cancelled),
            () = given_up(&lost) => Err(Failure::Stale),
            never = self.live(context.claim) => match never {},
        }
    }

    /// Notes now and then that the run has its turns.
    async fn live(&self, claim: Claim) -> std::convert::Infallible {
        let mut turn = time::interval(self.lease / 3);
        loop {
            turn.tick().await;
            if let Some(run) = self.running().get_mut(&claim) {
                run.alive = Some(Instant::now());
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Claim, Run>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lost job may be one that has just succeeded and is about to hear of it.
async fn given_up(lost: &CancellationToken) {
    const HEARING: Duration = Duration::from_secs(1);
    lost.cancelled().await;
    time::sleep(HEARING).await;
}

/// Records what a failure means: another attempt, or the end of the job and what its kind has to say of that.
pub(crate) async fn settle(
    db: &Database,
    registry: &Registry,
    bus: &Bus,
    job: &Job,
    claim: Claim,
    failure: Failure,
) -> wafaa_storage::Result<Outcome> {
    let tx = db.write(TenantScope::of_job(job.tenant, job.id)).await?;
    let exhausted = job.attempt >= job.max_attempts;
    let recorded = match failure {
        Failure::Retry(error) if !exhausted => {
            let delay = backoff::delay(job.attempt);
            let again = ledger::reschedule(&tx, claim, delay, &error).await;
            again.map(|()| (EventKind::Rescheduled, Outcome::Retried, Some(error)))
        }
        Failure::RetryAfter(delay, error) if !exhausted => {
            let again = ledger::reschedule(&tx, claim, delay, &error).await;
            again.map(|()| (EventKind::Rescheduled, Outcome::Retried, Some(error)))
        }
        Failure::Snooze(delay, reason) => {
            let again = ledger::snooze(&tx, claim, delay, &reason).await;
            again.map(|()| (EventKind::Rescheduled, Outcome::Snoozed, Some(reason)))
        }
        Failure::Retry(error) | Failure::RetryAfter(_, error) => {
            warn!(job = %job.id, kind = %job.kind, error, "a job is out of attempts");
            let buried = bury(registry, &tx, job, claim, &error, &internal()).await;
            buried.map(|()| (EventKind::Dead, Outcome::Dead, Some(error)))
        }
        Failure::Dead(reason) => {
            let error = format!("{}: {}", reason.code, reason.message);
            let buried = bury(registry, &tx, job, claim, &error, &reason).await;
            buried.map(|()| (EventKind::Dead, Outcome::Dead, Some(reason.message)))
        }
        Failure::Cancelled | Failure::Stale => Err(wafaa_storage::Error::Stale),
    };
    let (event, outcome, error) = match recorded {
        Ok(recorded) => recorded,
        // A stale run that still has its job was called off, or worked for something that is gone or
        // newer: either way there is nothing left to do.
        Err(wafaa_storage::Error::Stale) => match ledger::cancelled(&tx, claim).await {
            Err(wafaa_storage::Error::Stale) => return Ok(Outcome::Stale),
            other => {
                other?;
                end(registry, &tx, job, &called_off()).await?;
                (EventKind::Cancelled, Outcome::Cancelled, None)
            }
        },
        Err(error) => return Err(error),
    };
    tx.commit().await?;
    bus.publish(event, job, error);
    Ok(outcome)
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
