//! How jobs are shown and chosen.

use poem_openapi::{Enum, Object};
use serde_json::Value;
use wafaa_domain as domain;
use wafaa_jobs::{Event, EventKind, trace};
use wafaa_storage::ledger;

use crate::resource::{mirror::mirrored, time};

mirrored! {
    /// Where a job stands.
    State as "JobState" of domain::JobState:
    /// Not due yet: backing off, snoozed, or behind another.
    Waiting,
    /// Due, to be dispatched.
    Ready,
    /// Handed to the transport.
    Dispatched,
    /// Claimed by a worker.
    Running,
    /// Done; its effect is committed.
    Succeeded,
    /// Out of attempts, or given up for good; it can be retried.
    Dead,
    /// Called off.
    Cancelled,
}

mirrored! {
    /// A queue with its own concurrency.
    Lane as "Lane" of domain::Lane:
    Reply,
    Deliver,
    Ingest,
    Insight,
    Report,
    Maintenance,
}

mirrored! {
    /// What happened to a job.
    What as "JobEventKind" of EventKind:
    Started,
    Succeeded,
    Rescheduled,
    Dead,
    Cancelled,
    Retried,
}

/// A job as its row stands.
#[derive(Object)]
pub(crate) struct Job {
    id: String,
    tenant_id: String,
    /// What it does; a permanent name.
    kind: String,
    lane: Lane,
    state: State,
    /// Runs begun.
    attempt: i32,
    /// Runs allowed.
    max_attempts: i32,
    /// When it is, or was, due.
    run_at: String,
    /// In percent.
    progress: i32,
    /// What went wrong last.
    last_error: Option<String>,
    /// The document, message or report it is for.
    parent: Option<String>,
    /// Ids of what it works on.
    payload: Value,
    /// Whether somebody has called it off.
    cancel_requested: bool,
    /// The worker that claimed it last.
    worker: Option<String>,
    trace_id: Option<String>,
    created_at: String,
    /// When its last run began.
    started_at: Option<String>,
    finished_at: Option<String>,
}

/// Something happened to a job.
#[derive(Object)]
pub(crate) struct JobEvent {
    event: What,
    tenant_id: String,
    job_id: String,
    kind: String,
    lane: Lane,
    attempt: i32,
    parent: Option<String>,
    error: Option<String>,
}

/// Which jobs; an empty filter means all.
#[derive(Clone, Object)]
#[oai(rename = "JobFilter")]
pub(crate) struct Filter {
    pub(super) state: Option<State>,
    #[oai(validator(max_length = 100))]
    pub(super) kind: Option<String>,
    pub(super) lane: Option<Lane>,
    /// The document, message or report they are for.
    #[oai(validator(max_length = 100))]
    pub(super) parent: Option<String>,
    /// For operators: one tenant's id or slug.
    #[oai(validator(max_length = 100))]
    pub(super) tenant: Option<String>,
}

impl Filter {
    pub(super) fn stored(&self) -> ledger::Filter {
        ledger::Filter {
            state: self.state.map(Into::into),
            kind: self.kind.clone(),
            lane: self.lane.map(Into::into),
            parent: self.parent.clone(),
        }
    }
}

impl From<ledger::Job> for Job {
    fn from(job: ledger::Job) -> Self {
        Self {
            id: job.id.to_string(),
            tenant_id: job.tenant.to_string(),
            kind: job.kind,
            lane: job.lane.into(),
            state: job.state.into(),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            run_at: time(job.run_at),
            progress: job.progress,
            last_error: job.last_error,
            parent: job.parent,
            payload: job.payload,
            cancel_requested: job.cancel_requested,
            worker: job.worker,
            trace_id: job.trace_id.as_deref().map(trace::id).map(str::to_owned),
            created_at: time(job.created_at),
            started_at: job.started_at.map(time),
            finished_at: job.finished_at.map(time),
        }
    }
}

impl From<Event> for JobEvent {
    fn from(event: Event) -> Self {
        Self {
            event: event.event.into(),
            tenant_id: event.tenant_id.to_string(),
            job_id: event.job_id.to_string(),
            kind: event.kind,
            lane: event.lane.into(),
            attempt: event.attempt,
            parent: event.parent,
            error: event.error,
        }
    }
}
