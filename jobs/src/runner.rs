//! One job from claim to outcome: lease, time limit, panic guard, cancellation.

mod lease;
mod settle;

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
use wafaa_domain::{JobId, TenantScope};
use wafaa_storage::ledger::Claim;

use crate::{
    Bus, Context, Done, EventKind, Failure, Registry, Services,
    measure::{self, Outcome},
    signal::Wake,
    tenant::Tenants,
    together::{Claiming, Succeeding, Together},
    trace,
};

use lease::given_up;
pub(crate) use settle::{called_off, end, settle};

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
            bus: self.bus.clone(),
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

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Claim, Run>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
