//! What the engine counts and times; `GET /metrics` shows it. No label says which tenant; `class` says
//! what kind of tenant.
//!
//! How many jobs are in which state is read from the ledger when asked for: counting here would be wrong
//! after every restart.

use std::time::Duration;

use chrono::TimeDelta;
use metrics::{counter, gauge, histogram};
use tracing::{Span, debug, info};
use wafaa_domain::Lane;
use wafaa_storage::ledger::Job;

/// How a run of a job ended, or a job that never ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its effect is committed.
    Succeeded,
    /// To run again after a failure.
    Retried,
    /// To run again, through no fault of its own.
    Snoozed,
    /// Given up.
    Dead,
    /// Called off.
    Cancelled,
    /// It had moved on without this run.
    Stale,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Retried => "retried",
            Self::Snoozed => "snoozed",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::Stale => "stale",
        }
    }
}

/// A worker has claimed the job: how long it had been due.
pub(crate) fn started(job: &Job) {
    let due = job.run_at.max(job.created_at);
    let waited = job.started_at.unwrap_or(due) - due;
    histogram!(
        "wafaa_job_wait_seconds",
        "lane" => job.lane.as_str(),
        "class" => job.class.as_str(),
    )
    .record(seconds(waited));
}

/// A run has ended; call it inside the job's span, which notes the outcome too. The log tells of every run that
/// did not go well, and of the others where asked for: thousands a second are possible.
pub(crate) fn finished(job: &Job, outcome: Outcome, run: Duration) {
    let run_ms = run.as_secs_f64() * 1_000.0;
    match outcome {
        Outcome::Succeeded | Outcome::Snoozed | Outcome::Stale => {
            debug!(outcome = outcome.as_str(), run_ms, "ran");
        }
        Outcome::Retried | Outcome::Dead | Outcome::Cancelled => {
            info!(outcome = outcome.as_str(), run_ms, "ran");
        }
    }
    histogram!(
        "wafaa_job_run_seconds",
        "lane" => job.lane.as_str(),
        "kind" => job.kind.clone(),
        "class" => job.class.as_str(),
    )
    .record(run);
    Span::current().record("outcome", outcome.as_str());
    ended(job, outcome);
}

/// A job has ended that no worker was running, such as one called off before its time.
pub(crate) fn ended(job: &Job, outcome: Outcome) {
    counter!(
        "wafaa_jobs_finished_total",
        "lane" => job.lane.as_str(),
        "kind" => job.kind.clone(),
        "class" => job.class.as_str(),
        "outcome" => outcome.as_str(),
    )
    .increment(1);
}

/// References were handed to the transport.
pub(crate) fn dispatched(lane: Lane, jobs: usize) {
    counter!("wafaa_jobs_dispatched_total", "lane" => lane.as_str()).increment(jobs as u64);
}

/// Jobs were brought back whose lease had run out.
pub(crate) fn recovered(jobs: usize) {
    counter!("wafaa_jobs_recovered_total").increment(jobs as u64);
}

/// One round of dispatching, from looking to the last push.
pub(crate) fn dispatch_took(time: Duration) {
    histogram!("wafaa_dispatch_duration_seconds").record(time);
}

/// How late the dispatcher is: since when the oldest job it could take has been due.
pub(crate) fn lag(time: Duration) {
    gauge!("wafaa_dispatch_lag_seconds").set(time);
}

/// Jobs that the lane's workers of this process can run at once; 0 when they have stopped.
pub(crate) fn workers(lane: Lane, workers: usize) {
    gauge!("wafaa_workers", "lane" => lane.as_str()).set(workers as f64);
}

/// Passages of a new version that had vectors already, and that had none.
pub(crate) fn embeddings(known: usize, missing: usize) {
    counter!("wafaa_embedding_cache_total", "result" => "hit").increment(known as u64);
    counter!("wafaa_embedding_cache_total", "result" => "miss").increment(missing as u64);
}

/// A database's and a worker's clock may differ: never less than nothing.
fn seconds(time: TimeDelta) -> f64 {
    time.to_std().unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_is_no_wait() {
        assert_eq!(seconds(TimeDelta::milliseconds(-5)), 0.0);
        assert_eq!(seconds(TimeDelta::milliseconds(1_500)), 1.5);
    }
}
