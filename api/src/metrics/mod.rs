//! `/metrics`: numbers for Prometheus. No label says which tenant.
//!
//! Every crate counts and times through the `metrics` facade; here is what records that, once a process, and
//! what shows it. What is a fact of the moment rather than something that happened (jobs by state, this
//! process' memory) is read when asked for.

mod family;
mod ledger;
mod process;
mod text;

use std::{sync::LazyLock, time::Duration};

use ::metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use poem::{
    Response, handler,
    http::{Method, StatusCode},
    web::Data,
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::probe::Probes;

pub(crate) use ledger::Ledger;

/// The text format's, which Prometheus 3 insists on.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How often samples of histograms are counted into their buckets. Until then each takes 8 bytes.
const UPKEEP: Duration = Duration::from_secs(5);

/// What this process records into; `None` should some other recorder have been there first.
static RECORDER: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    let installed = install();
    if let Err(error) = &installed {
        tracing::error!(%error, "nothing is measured");
    }
    installed.ok()
});

fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = family::bucketed(PrometheusBuilder::new())?.install_recorder()?;
    family::describe();
    gauge!("wafaa_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    // What has not happened yet is 0, not unknown: the first time then is an increase that an alert can see.
    counter!("wafaa_jobs_recovered_total").absolute(0);
    Ok(handle)
}

/// Measures from now on. Called before anything is started whose beginning is worth counting, and by
/// whatever serves `/metrics`; only the first call does anything.
///
/// A process that doesn't serve must not call this: nobody would ever make room for new samples.
pub fn record_metrics() {
    LazyLock::force(&RECORDER);
}

/// Makes room for new samples until shutdown.
pub(crate) async fn upkeep(shutdown: CancellationToken) {
    let mut period = time::interval(UPKEEP);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = period.tick() => {}
        }
        if let Some(recorder) = &*RECORDER {
            recorder.run_upkeep();
        }
    }
}

/// Counts a request. `route` is one of few.
pub(crate) fn answered(route: &str, method: &Method, status: StatusCode, took: Duration) {
    // Methods are invented freely by scanners; the common ones are enough to tell apart.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    };
    counter!(
        "wafaa_http_requests_total",
        "method" => method,
        "route" => route.to_owned(),
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
    histogram!(
        "wafaa_http_request_duration_seconds",
        "method" => method,
        "route" => route.to_owned(),
    )
    .record(took);
}

/// Never fails for a database that is away: that is when the rest is wanted.
#[handler]
pub(crate) async fn metrics(probes: Data<&Probes>) -> Response {
    let mut text = RECORDER
        .as_ref()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
        .replace(
            &format!("# TYPE {} gauge", family::COST),
            &format!("# TYPE {} counter", family::COST),
        );
    text.push_str(&probes.ledger().await);
    text.push_str(&process::text());
    Response::builder().content_type(MEDIA_TYPE).body(text)
}

#[cfg(test)]
mod tests {
    use super::family::FAMILIES;

    #[test]
    fn names_are_as_prometheus_wants_them() {
        for family in FAMILIES {
            let legal = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(family.name.starts_with("wafaa_"), "{}", family.name);
            assert!(family.name.chars().all(legal), "{}", family.name);
            assert!(family.help.ends_with('.'), "{}", family.help);
        }
    }
}
