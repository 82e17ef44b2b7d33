//! Turns at hosts: one request at a time, and a pause after each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::Url;

/// Hosts remembered before those whose pause is over are forgotten.
const MANY: usize = 10_000;
/// How long to wait when somebody else is at it.
const MOMENT: Duration = Duration::from_millis(200);

/// By what a host is known: its name and port.
pub(super) fn of(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Whose turn it is, at each host.
#[derive(Debug, Default)]
pub(super) struct Hosts(Mutex<HashMap<String, Queue>>);

#[derive(Debug, Clone, Copy)]
struct Queue {
    busy: bool,
    free_at: Instant,
}

/// A turn at a host, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    hosts: Arc<Hosts>,
    host: String,
    pause: Duration,
}

impl Hosts {
    /// Takes a turn, or answers how long to wait before asking again.
    pub(super) fn take(hosts: &Arc<Self>, host: &str, pause: Duration) -> Result<Turn, Duration> {
        let now = Instant::now();
        let mut all = hosts.lock();
        if all.len() > MANY {
            all.retain(|_, queue| queue.busy || queue.free_at > now);
        }
        let queue = all.entry(host.to_owned()).or_insert(Queue {
            busy: false,
            free_at: now,
        });
        if queue.busy {
            return Err(pause.max(MOMENT));
        }
        if queue.free_at > now {
            return Err(queue.free_at - now);
        }
        queue.busy = true;
        Ok(Turn {
            hosts: Arc::clone(hosts),
            host: host.to_owned(),
            pause,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Gives up a turn that was not used, so that nobody waits for it.
    pub(super) fn give_up(mut self) {
        self.pause = Duration::ZERO;
    }

    /// The host has asked not to be asked for so long.
    pub(crate) fn rest(&mut self, pause: Duration) {
        self.pause = self.pause.max(pause);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(queue) = self.hosts.lock().get_mut(&self.host) {
            queue.busy = false;
            queue.free_at = Instant::now() + self.pause;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_a_pause_after_each() {
        let hosts = Arc::new(Hosts::default());
        let hour = Duration::from_secs(3_600);
        let first = Hosts::take(&hosts, "a:80", hour).unwrap();
        assert!(Hosts::take(&hosts, "a:80", hour).is_err());
        assert!(Hosts::take(&hosts, "b:80", hour).is_ok());
        drop(first);
        let wait = Hosts::take(&hosts, "a:80", hour).unwrap_err();
        assert!(wait > Duration::from_secs(3_500) && wait <= hour);
        drop(Hosts::take(&hosts, "c:80", Duration::ZERO).unwrap());
        let mut again = Hosts::take(&hosts, "c:80", Duration::ZERO).unwrap();
        again.rest(hour);
        drop(again);
        assert!(Hosts::take(&hosts, "c:80", Duration::ZERO).is_err());
    }
}
