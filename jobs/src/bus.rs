//! Live events: every change of a job's state, in this process and, through Redis, in others, for SSE and for
//! those who wait.
//!
//! An event says that something changed, not what it is now: who needs the truth reads the ledger. A slow
//! listener loses old events, never the newest.

use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use wafaa_domain::{JobId, Lane, TenantId};
use wafaa_storage::{ledger::Job, redis::Heard};

use crate::signal::Signals;

/// Events kept for a listener that lags.
const BACKLOG: usize = 1_024;

/// What happened to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    others: Option<Signals>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            others: None,
        }
    }
}

impl Bus {
    /// Events of this process are told to others too.
    pub(crate) fn telling(others: Option<Signals>) -> Self {
        Self {
            others,
            ..Self::default()
        }
    }

    /// Has listeners hear of other processes' events too, until nobody holds the bus any more.
    pub(crate) fn hear_others(&self) {
        let Some(signals) = &self.others else {
            return;
        };
        let heard = signals.hear_events();
        tokio::spawn(pass_on(heard, signals.clone(), self.sender.downgrade()));
    }

    /// Listens from now on. Filter by tenant before showing anything to one.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    pub(crate) fn publish(&self, event: EventKind, job: &Job, error: Option<String>) {
        let event = Event {
            event,
            tenant_id: job.tenant,
            job_id: job.id,
            kind: job.kind.clone(),
            lane: job.lane,
            attempt: job.attempt,
            parent: job.parent.clone(),
            error,
        };
        if let Some(others) = &self.others {
            others.tell(event.clone());
        }
        // Nobody listening is fine.
        let _ = self.sender.send(event);
    }
}

async fn pass_on(
    mut heard: mpsc::Receiver<Heard>,
    signals: Signals,
    listeners: broadcast::WeakSender<Event>,
) {
    while let Some(heard) = heard.recv().await {
        let Some(listeners) = listeners.upgrade() else {
            return;
        };
        let Heard::Message(message) = heard else {
            continue;
        };
        for event in signals.others::<Event>(&message) {
            let _ = listeners.send(event);
        }
    }
}
