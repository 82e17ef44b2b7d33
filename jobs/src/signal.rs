//! What processes tell each other through Redis: look for jobs, fetch references, stop a job, and live events.
//!
//! A signal only saves waiting: whoever misses one looks by itself a little later. Signals of the same kind
//! that meet on their way out become one.

use std::{collections::HashSet, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    sync::{Notify, mpsc},
    time,
};
use tracing::warn;
use uuid::Uuid;
use wafaa_domain::{JobId, Lane};
use wafaa_storage::redis::{Heard, Redis};

use crate::bus::Live;

/// Channel of [`Signal`]s.
const SIGNALS: &str = "signals";
/// Channel of live events.
const EVENTS: &str = "events";
/// Most events in one message.
const TOGETHER: usize = 256;
/// Events that wait for Redis; older ones are lost to other processes, which look by themselves.
const BACKLOG: usize = 4_096;

/// One process to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Signal {
    /// There may be jobs to dispatch.
    Look,
    /// There are references in this lane's queue.
    Pushed(Lane),
    /// This job has been called off.
    Cancel(JobId),
}

/// What one process says, which knows its own by `origin`: it has done it already.
#[derive(Serialize, Deserialize)]
struct Told<T> {
    origin: Uuid,
    said: Vec<T>,
}

/// The way to other processes. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    redis: Redis,
    origin: Uuid,
    signals: mpsc::UnboundedSender<Signal>,
    events: mpsc::Sender<Live>,
}

impl Signals {
    /// Begins to carry what is [`send`](Self::send)ed and [`tell`](Self::tell)ed, until it is dropped.
    pub(crate) fn open(redis: Redis) -> Self {
        let origin = Uuid::now_v7();
        let (signals, outgoing) = mpsc::unbounded_channel();
        let (events, telling) = mpsc::channel(BACKLOG);
        tokio::spawn(carry_signals(redis.clone(), origin, outgoing));
        tokio::spawn(carry_events(redis.clone(), origin, telling));
        Self {
            redis,
            origin,
            signals,
            events,
        }
    }

    pub(crate) fn send(&self, signal: Signal) {
        // Nobody carries it only when the process ends.
        let _ = self.signals.send(signal);
    }

    pub(crate) fn tell(&self, event: Live) {
        let _ = self.events.try_send(event);
    }

    /// Hears other processes' signals.
    pub(crate) fn hear(&self) -> mpsc::Receiver<Heard> {
        self.redis.listen(SIGNALS)
    }

    /// Hears other processes' events.
    pub(crate) fn hear_events(&self) -> mpsc::Receiver<Heard> {
        self.redis.listen(EVENTS)
    }

    /// What a message says, unless it is this process's own; nothing, for what another version may say.
    pub(crate) fn others<T: DeserializeOwned>(&self, message: &[u8]) -> Vec<T> {
        let told = serde_json::from_slice(message)
            .inspect_err(|error| warn!(%error, "can't read what another process says"));
        told.ok()
            .filter(|told: &Told<T>| told.origin != self.origin)
            .map(|told| told.said)
            .unwrap_or_default()
    }
}

async fn carry_signals(redis: Redis, origin: Uuid, mut outgoing: mpsc::UnboundedReceiver<Signal>) {
    let mut waiting = Vec::new();
    while outgoing.recv_many(&mut waiting, usize::MAX).await > 0 {
        let distinct: HashSet<Signal> = waiting.drain(..).collect();
        publish(&redis, SIGNALS, origin, distinct.into_iter().collect()).await;
    }
}

async fn carry_events(redis: Redis, origin: Uuid, mut telling: mpsc::Receiver<Live>) {
    let mut events = Vec::new();
    while telling.recv_many(&mut events, TOGETHER).await > 0 {
        publish(&redis, EVENTS, origin, std::mem::take(&mut events)).await;
    }
}

async fn publish<T: Serialize>(redis: &Redis, channel: &str, origin: Uuid, said: Vec<T>) {
    /// What could not be said is not said later: others look by themselves meanwhile.
    const PAUSE: Duration = Duration::from_millis(200);
    let Ok(message) = serde_json::to_vec(&Told { origin, said }) else {
        return;
    };
    if let Err(error) = redis.publish(channel, &message).await {
        warn!(%error, "can't tell other processes");
        time::sleep(PAUSE).await;
    }
}

/// Has the dispatcher look, wherever it is. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wake {
    here: Arc<Notify>,
    elsewhere: Option<Signals>,
}

impl Wake {
    pub(crate) fn new(elsewhere: Option<Signals>) -> Self {
        Self {
            here: Arc::default(),
            elsewhere,
        }
    }

    /// There may be jobs to dispatch.
    pub(crate) fn look(&self) {
        self.here.notify_one();
        if let Some(signals) = &self.elsewhere {
            signals.send(Signal::Look);
        }
    }

    /// As [`Self::look`], when another process says so.
    pub(crate) fn look_here(&self) {
        self.here.notify_one();
    }

    /// Until somebody says so.
    pub(crate) async fn told(&self) {
        self.here.notified().await;
    }
}
