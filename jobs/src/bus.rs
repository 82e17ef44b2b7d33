//! Live events: every change of a job's state, of a conversation and of how a channel stands, in this process and,
//! through Redis, in others, for whoever watches and for those who wait.
//!
//! An event says that something changed, not what it is now: who needs the truth reads the database. A slow
//! listener loses old events, never the newest.

use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use wafaa_domain::{ChannelId, ConversationId, JobId, Lane, MessageId, TenantId};
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

/// What happened to a conversation, or to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// A message was added.
    Message,
    /// A message is elsewhere on its way, was labelled, edited or taken back.
    MessageChanged,
    /// The bot is at work on an answer.
    Typing,
    /// It changed hands, urgency or end.
    Conversation,
    /// A channel works again, or won't for long.
    Channel,
}

/// Something happened to a conversation, or to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What.
    pub news: NewsKind,
    /// Whose conversation or channel it is.
    pub tenant_id: TenantId,
    /// Which conversation, when it is about one.
    pub conversation_id: Option<ConversationId>,
    /// Which message, when it is about one.
    pub message_id: Option<MessageId>,
    /// Which channel, when it is about one.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
}

/// Whatever is told live.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Live {
    Job(Event),
    News(News),
}

/// Where events are published and listened to. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Bus {
    jobs: broadcast::Sender<Event>,
    news: broadcast::Sender<News>,
    others: Option<Signals>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            jobs: broadcast::channel(BACKLOG).0,
            news: broadcast::channel(BACKLOG).0,
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
        let listeners = (self.jobs.downgrade(), self.news.downgrade());
        tokio::spawn(pass_on(heard, signals.clone(), listeners));
    }

    /// Listens to jobs from now on. Filter by tenant before showing anything to one.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.jobs.subscribe()
    }

    /// Listens to conversations and channels from now on. Filter by tenant before showing anything to one.
    #[must_use]
    pub fn listen_to_news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Tells of a conversation or a channel, after the commit that changed it.
    pub fn tell(&self, news: News) {
        if let Some(others) = &self.others {
            others.tell(Live::News(news.clone()));
        }
        // Nobody listening is fine.
        let _ = self.news.send(news);
    }

    /// As [`Self::tell`], of several, in this order.
    pub(crate) fn tell_all(&self, news: Vec<News>) {
        for one in news {
            self.tell(one);
        }
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
            others.tell(Live::Job(event.clone()));
        }
        // Nobody listening is fine.
        let _ = self.jobs.send(event);
    }
}

async fn pass_on(
    mut heard: mpsc::Receiver<Heard>,
    signals: Signals,
    listeners: (broadcast::WeakSender<Event>, broadcast::WeakSender<News>),
) {
    while let Some(heard) = heard.recv().await {
        let (Some(jobs), Some(conversations)) = (listeners.0.upgrade(), listeners.1.upgrade())
        else {
            return;
        };
        let Heard::Message(message) = heard else {
            continue;
        };
        for live in signals.others(&message) {
            match live {
                Live::Job(event) => drop(jobs.send(event)),
                Live::News(news) => drop(conversations.send(news)),
            }
        }
    }
}
