//! Takes in what this process has kept, as soon as the provider is answered.
//!
//! One task a channel at a time, which lives while there is something: what comes meanwhile is taken in together, so the
//! more there is, the less each of it costs. What a process leaves behind that ends, or can't be taken in, is found
//! by [`look_after`] and taken in by the job `receive`.

use std::{
    collections::HashMap,
    num::NonZero,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use futures::FutureExt as _;
use tokio::{
    sync::{Notify, Semaphore},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field, info_span, warn};
use wafaa_channels::Inbound;
use wafaa_domain::{Actor, ChannelId, InboundEventId, SystemScope, TenantScope};
use wafaa_storage::{
    Database, Error, Result, Tx,
    channel::Channel,
    inbound_event::{self, Pending},
    ledger,
};

use super::intake::Intake;
use crate::{
    Handle, News,
    kind::{Receive, enqueue},
    signal::Wake,
    trace,
};

/// Events taken in by one transaction: nobody says anything in their conversations meanwhile.
pub(crate) const TOGETHER: u64 = 20;
/// How long receipts gather: nobody answers them.
const LULL: Duration = Duration::from_millis(300);
/// How often it is looked for what was left behind.
const PERIOD: Duration = Duration::from_secs(5);
/// What is not taken in after this long was left behind, or there is more than this process can do.
const OVERDUE: TimeDelta = TimeDelta::seconds(5);

#[derive(Debug)]
pub(super) struct Receiver {
    db: Database,
    jobs: Handle,
    calls: Mutex<HashMap<ChannelId, Call>>,
    /// For half of the cores: whoever waits for an acknowledgement comes first.
    turns: Semaphore,
}

/// A channel that has a task.
#[derive(Debug, Default)]
struct Call {
    /// Something has come since the task last looked.
    again: bool,
    /// It is not for a lull.
    urgent: Arc<Notify>,
}

impl Receiver {
    pub(super) fn new(db: Database, jobs: Handle) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            db,
            jobs,
            calls: Mutex::default(),
            turns: Semaphore::new((cores / 2).max(1)),
        }
    }

    /// Has taken in what was kept of `channel`; within a lull when it is `only_receipts`.
    pub(super) fn call(
        self: &Arc<Self>,
        scope: &TenantScope,
        channel: &Channel,
        only_receipts: bool,
    ) {
        let mut calls = self.calls();
        let is_new = !calls.contains_key(&channel.id);
        let call = calls.entry(channel.id).or_default();
        call.again = true;
        if !only_receipts {
            call.urgent.notify_one();
        }
        if is_new {
            let (this, urgent) = (Arc::clone(self), Arc::clone(&call.urgent));
            let (scope, channel) = (*scope, channel.clone());
            tokio::spawn(async move { this.receive(&scope, &channel, &urgent).await });
        }
    }

    async fn receive(&self, scope: &TenantScope, channel: &Channel, urgent: &Notify) {
        loop {
            let _ = time::timeout(LULL, urgent.notified()).await;
            if let Some(call) = self.calls().get_mut(&channel.id) {
                call.again = false;
            }
            let Ok(turn) = self.turns.acquire().await else {
                return;
            };
            let taking = AssertUnwindSafe(self.take(scope, channel)).catch_unwind();
            let taken = taking.await.unwrap_or_else(|_| {
                Err(Error::Corrupt {
                    what: "webhook",
                    reason: "taking it in has panicked".into(),
                })
            });
            drop(turn);
            let mut calls = self.calls();
            match taken {
                Ok(TOGETHER) => urgent.notify_one(),
                Ok(_) if calls.get(&channel.id).is_some_and(|call| call.again) => {}
                Ok(_) => {
                    calls.remove(&channel.id);
                    return;
                }
                Err(error) => {
                    warn!(channel = %channel.id, %error, "what came in can't be taken in; a job will try");
                    calls.remove(&channel.id);
                    return;
                }
            }
        }
    }

    /// Answers how many events that were.
    async fn take(&self, scope: &TenantScope, channel: &Channel) -> Result<u64> {
        let tx = self.db.write(*scope).await?;
        let events = inbound_event::pending(&tx, channel.id, TOGETHER).await?;
        let news = take_in(&tx, channel, &events).await?;
        tx.commit().await?;
        self.jobs.bus().tell_all(news);
        self.jobs.wake();
        Ok(events.len() as u64)
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<ChannelId, Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes in events of `channel`; answers what is to be told once it is committed.
///
/// # Errors
/// When they can't be stored or read, or others get in each other's way for too long.
pub(crate) async fn take_in(
    tx: &Tx<TenantScope>,
    channel: &Channel,
    events: &[Pending],
) -> Result<Vec<News>> {
    let mut intake = Intake::new(tx, channel);
    for event in events {
        let told: Vec<Inbound> =
            serde_json::from_str(&event.told).map_err(|error| Error::Corrupt {
                what: "webhook",
                reason: error.to_string(),
            })?;
        let span = info_span!(
            "webhook",
            event = %event.id(),
            waited_ms = (Utc::now() - event.received_at).num_milliseconds(),
            trace_id = field::Empty
        );
        trace::continue_from(&span, event.trace_id.as_deref());
        intake.event(event.id(), told).instrument(span).await?;
    }
    let ids: Vec<InboundEventId> = events.iter().map(Pending::id).collect();
    inbound_event::taken_in(tx, &ids).await?;
    Ok(intake.news)
}

/// Has jobs take in what was left behind, until shutdown.
pub(crate) async fn look_after(db: Database, wake: Wake, shutdown: CancellationToken) {
    let mut period = time::interval(PERIOD);
    period.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = period.tick() => {}
        }
        match left_behind(&db).await {
            Ok(false) => {}
            Ok(true) => wake.look(),
            Err(error) => warn!(%error, "can't look for what came in and was left behind"),
        }
    }
}

/// Calls for a job for each channel that has something overdue and no such job; answers whether there was one.
async fn left_behind(db: &Database) -> Result<bool> {
    let reason = "see whether all that came in is taken in";
    let tx = db.read(SystemScope::new(reason)).await?;
    let overdue = inbound_event::overdue(&tx, Utc::now() - OVERDUE).await?;
    drop(tx);
    for (tenant, channel) in &overdue {
        let tx = db.write(SystemScope::new(reason)).await?;
        let tx = tx.narrow(*tenant, Actor::CommandLine).await?;
        let newest = ledger::latest_of_parent(&tx, &channel.to_string()).await?;
        if newest.is_none_or(|job| job.state.is_final()) {
            enqueue(&tx, &Receive::all(*channel)).await?;
            tx.commit().await?;
        }
    }
    Ok(!overdue.is_empty())
}
