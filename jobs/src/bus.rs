//! Live events inside this process: every change of a job's state, for SSE and for those who wait.
//!
//! An event says that something changed, not what it is now: who needs the truth reads the ledger. A slow
//! listener loses old events, never the newest.

use serde::Serialize;
use tokio::sync::broadcast;
use wafaa_domain::{JobId, Lane, TenantId};
use wafaa_storage::ledger::Job;

/// Events kept for a listener that lags.
const BACKLOG: usize = 1_024;

/// What happened to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Claimed by a worker.
    Started,
    /// Its effect and the next jobs are committed.
    Succeeded,
    /// To run again later.
    Rescheduled,
    /// Given up.
    Dead,
    /// Called off.
    Cancelled,
    /// Given its attempts again.
    Retried,
}

/// Something happened to a job.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// What.
    pub event: EventKind,
    /// Whose job it is.
    pub tenant_id: TenantId,
    /// Which job.
    pub job_id: JobId,
    /// What it does.
    pub kind: String,
    /// Where it queues.
    pub lane: Lane,
    /// Runs begun.
    pub attempt: i32,
    /// The document, message or report it is for.
    pub parent: Option<String>,
    /// What went wrong, when something did.
    pub error: Option<String>,
}

/// Where events are published and listened to. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Bus {
    sender: broadcast::Sender<Event>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Bus {
    /// Listens from now on. Filter by tenant before showing anything to one.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    pub(crate) fn publish(&self, event: EventKind, job: &Job, error: Option<String>) {
        // Nobody listening is fine.
        let _ = self.sender.send(Event {
            event,
            tenant_id: job.tenant,
            job_id: job.id,
            kind: job.kind.clone(),
            lane: job.lane,
            attempt: job.attempt,
            parent: job.parent.clone(),
            error,
        });
    }
}
