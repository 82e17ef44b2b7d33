//! What the jobs of a tenant have done in this process, and the gate that holds them.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, LazyLock, Mutex},
    time::{Duration, Instant},
};

use tokio::{sync::watch, time};
use wafaa_domain::TenantId;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

static PROBES: LazyLock<Mutex<HashMap<TenantId, Arc<Probe>>>> = LazyLock::new(Mutex::default);

/// Jobs carry nothing but their payload, so they find their test by their tenant.
#[derive(Default)]
pub(crate) struct Probe {
    log: watch::Sender<Vec<(String, Instant)>>,
    gate: watch::Sender<bool>,
    blocked: Mutex<bool>,
    unblocked: Condvar,
}

impl Probe {
    pub(crate) fn of(tenant: TenantId) -> Arc<Self> {
        Arc::clone(PROBES.lock().unwrap().entry(tenant).or_default())
    }

    /// Notes that something happened; answers how often it has by now.
    pub(crate) fn note(&self, what: String) -> usize {
        let mut times = 0;
        self.log.send_modify(|log| {
            log.push((what.clone(), Instant::now()));
            times = log.iter().filter(|(other, _)| *other == what).count();
        });
        times
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log
            .borrow()
            .iter()
            .map(|(what, _)| what.clone())
            .collect()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.times(what).len()
    }

    /// When it happened, each time.
    pub(crate) fn times(&self, what: &str) -> Vec<Instant> {
        let log = self.log.borrow();
        let of_it = log.iter().filter(|(other, _)| other == what);
        of_it.map(|(_, at)| *at).collect()
    }

    /// Waits until it has happened so often.
    pub(crate) async fn seen(&self, what: &str, times: usize) {
        let mut log = self.log.subscribe();
        let enough =
            log.wait_for(|log| log.iter().filter(|(other, _)| other == what).count() >= times);
        if time::timeout(PATIENCE, enough).await.is_err() {
            panic!("`{what}` did not happen {times} times: {:?}", self.log());
        }
    }

    /// Waits until so much has happened.
    pub(crate) async fn reaches(&self, entries: usize) {
        let mut log = self.log.subscribe();
        let enough = log.wait_for(|log| log.len() >= entries);
        if time::timeout(PATIENCE, enough).await.is_err() {
            panic!("less than {entries} things happened: {:?}", self.log());
        }
    }

    /// Lets every held job go on, now and later.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
        *self.blocked.lock().unwrap() = true;
        self.unblocked.notify_all();
    }

    /// Waits for the gate to open.
    pub(crate) async fn pass(&self) {
        let mut gate = self.gate.subscribe();
        gate.wait_for(|open| *open).await.unwrap();
    }

    /// As [`Self::pass`], but nothing else of the task runs meanwhile: no heartbeat, no cancellation.
    pub(crate) fn pass_blocking(&self) {
        tokio::task::block_in_place(|| {
            let open = self.blocked.lock().unwrap();
            let waited = self
                .unblocked
                .wait_timeout_while(open, PATIENCE, |open| !*open);
            assert!(!waited.unwrap().1.timed_out(), "nobody opened the gate");
        });
    }
}
