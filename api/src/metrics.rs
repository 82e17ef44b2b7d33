//! `/metrics`: numbers for Prometheus. Counts only: no label says which tenant.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use poem::{
    handler,
    http::{Method, StatusCode},
    web::Data,
};
use wafaa_domain::SystemScope;
use wafaa_storage::ledger::{self, Stats};

use crate::{error::Result, state::State};

/// Requests by method, route and status: how many, and how long they took together.
type Requests = BTreeMap<(String, String, u16), (u64, Duration)>;

#[derive(Default)]
pub(crate) struct Metrics {
    requests: Mutex<Requests>,
}

impl Metrics {
    /// Counts a request. `route` is one of few.
    pub(crate) fn count(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        // Methods are invented freely by scanners; the common ones are enough to tell apart.
        let known = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ];
        let method = if known.contains(method) {
            method.as_str()
        } else {
            "OTHER"
        };
        let key = (method.to_owned(), route.to_owned(), status.as_u16());
        // Nothing under this lock can panic half-way.
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, total) = requests.entry(key).or_default();
        *count += 1;
        *total += took;
    }

    fn snapshot(&self) -> Requests {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[handler]
pub(crate) async fn metrics(state: Data<&State>) -> Result<String> {
    let tx = state
        .db()
        .read(SystemScope::new("count jobs for the metrics"))
        .await?;
    let stats = ledger::stats_any(&tx, None).await?;
    tx.commit().await?;
    let mut text = String::new();
    jobs(&mut text, &stats);
    requests(&mut text, &state.metrics.snapshot());
    if let Some(bytes) = resident() {
        family(
            &mut text,
            "process_resident_memory_bytes",
            "gauge",
            "Memory in use.",
        );
        line(&mut text, "process_resident_memory_bytes", "", bytes);
    }
    Ok(text)
}

fn jobs(text: &mut String, stats: &Stats) {
    family(text, "wafaa_jobs", "gauge", "Jobs in the ledger.");
    for stat in &stats.counts {
        let labels = format!(
            "lane=\"{}\",kind=\"{}\",state=\"{}\"",
            stat.lane, stat.kind, stat.state
        );
        line(text, "wafaa_jobs", &labels, stat.jobs);
    }
    family(
        text,
        "wafaa_lane_oldest_ready_seconds",
        "gauge",
        "How long the oldest ready job has been due.",
    );
    for lane in &stats.lanes {
        let seconds = lane.oldest_ready_ms as f64 / 1_000.0;
        line(
            text,
            "wafaa_lane_oldest_ready_seconds",
            &format!("lane=\"{}\"", lane.lane),
            seconds,
        );
    }
}

fn requests(text: &mut String, requests: &Requests) {
    let labels = |(method, route, status): &(String, String, u16)| {
        format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"")
    };
    family(
        text,
        "wafaa_http_requests_total",
        "counter",
        "Requests answered.",
    );
    for (key, (count, _)) in requests {
        line(text, "wafaa_http_requests_total", &labels(key), count);
    }
    family(
        text,
        "wafaa_http_request_seconds_total",
        "counter",
        "Time until requests were answered.",
    );
    for (key, (_, took)) in requests {
        line(
            text,
            "wafaa_http_request_seconds_total",
            &labels(key),
            took.as_secs_f64(),
        );
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string can't fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = if labels.is_empty() {
        writeln!(text, "{name} {value}")
    } else {
        writeln!(text, "{name}{{{labels}}} {value}")
    };
}

/// Resident memory in bytes, where the system tells: proc(5), `VmRSS` is in units of 1,024 bytes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}
