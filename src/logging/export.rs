//! Sends finished spans to an OpenTelemetry collector, in batches and in the background.
//!
//! A collector that is slow or away costs spans and nothing else: the queue is bounded, sending has a time
//! limit, and the log says so once until it works again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter as Otlp, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
    },
};
use rand::Rng as _;
use tokio::{runtime::Handle, time::timeout};

/// Where a collector takes spans over HTTP, unless the endpoint names a path itself.
const PATH: &str = "/v1/traces";
/// Spans waiting to be sent; of more, the newest are lost.
const QUEUE: usize = 8_192;
/// How long spans wait for company.
const DELAY: Duration = Duration::from_secs(1);
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What makes spans. Without an endpoint they only have ids, so that logs can tell what belongs together.
pub(super) fn provider(
    endpoint: Option<&str>,
    runtime: &Handle,
) -> anyhow::Result<SdkTracerProvider> {
    let Some(endpoint) = endpoint else {
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
        return Ok(SdkTracerProvider::builder().with_sampler(sampler).build());
    };
    let exporter = Otlp::builder()
        .with_http()
        .with_endpoint(traces_url(endpoint))
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(PATIENCE)
        .build()?;
    let exporter = OnRuntime {
        inner: Arc::new(exporter),
        runtime: runtime.clone(),
        failing: AtomicBool::new(false),
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_scheduled_delay(DELAY)
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    // How much is sampled follows the standard's OTEL_TRACES_SAMPLER, all by default.
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_resource(resource())
        .build())
}

/// Who sends.
fn resource() -> Resource {
    let instance = format!("{}-{:08x}", std::process::id(), rand::rng().random::<u32>());
    Resource::builder()
        .with_service_name("wafaa")
        .with_attributes([
            KeyValue::new("service.instance.id", instance),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .build()
}

fn traces_url(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let authority = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    if authority.contains('/') {
        endpoint.to_owned()
    } else {
        format!("{endpoint}{PATH}")
    }
}

/// The SDK sends from a thread of its own, the HTTP client needs a runtime: this brings them together.
#[derive(Debug)]
struct OnRuntime {
    inner: Arc<Otlp>,
    runtime: Handle,
    /// Whether the log has said so already.
    failing: AtomicBool,
}

impl SpanExporter for OnRuntime {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let inner = Arc::clone(&self.inner);
        let sending = async move { timeout(PATIENCE, inner.export(batch)).await };
        let sent = match self.runtime.spawn(sending).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(_)) => Err(OTelSdkError::Timeout(PATIENCE)),
            Err(error) => Err(OTelSdkError::InternalFailure(error.to_string())),
        };
        match &sent {
            Ok(()) => self.failing.store(false, Ordering::Relaxed),
            Err(error) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "traces can't be sent; until they can, they are lost");
            }
            Err(_) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::traces_url;

    #[test]
    fn an_endpoint_may_name_its_path() {
        for (endpoint, url) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            (
                "https://traces.example/otlp/v1/traces",
                "https://traces.example/otlp/v1/traces",
            ),
        ] {
            assert_eq!(traces_url(endpoint), url);
        }
    }
}
