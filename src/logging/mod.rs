//! Logs on standard error, as text or one JSON object a line, and traces for a collector where there is one.
//!
//! Logs are filtered as told; the spans of this program are kept whatever is filtered, because they are what
//! gives a warning its request, tenant and trace. Traces know this program's spans only.

mod export;
mod json;
mod mask;

use std::{fmt::Debug, io::IsTerminal as _, time::Duration};

use anyhow::{Context as _, anyhow};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::{Level, Metadata, Subscriber, field::Field};
use tracing_subscriber::{
    EnvFilter, Layer,
    field::MakeExt as _,
    filter::{FilterExt as _, LevelFilter, filter_fn},
    fmt::{self, format},
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::config::Log;

/// How long spans not yet sent may hold up the end of the process.
const FLUSH: Duration = Duration::from_secs(2);

/// What is to be done when the process ends.
#[must_use]
pub(crate) struct Logging {
    traces: SdkTracerProvider,
}

impl Logging {
    /// Sends the spans that are left, if that doesn't take long.
    pub(crate) fn finish(self) {
        // There is nobody left to tell of a failure, and nothing lost but a trace.
        let _ = self.traces.shutdown_with_timeout(FLUSH);
    }
}

/// Starts logging. Servers say what they do, other commands only what is wrong. Spans are sent on `runtime`.
pub(crate) fn start(log: &Log, server: bool, runtime: &Handle) -> anyhow::Result<Logging> {
    let traces =
        export::provider(log.otlp_endpoint.as_deref(), runtime).context("can't export traces")?;
    let follow = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("wafaa"))
        // What would only cost time: threads and source lines of spans that wander between threads.
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        // Without the hint every event of every library would be looked at, whatever its level.
        .with_filter(
            filter_fn(|span| is_ours(span) && is_shown(span))
                .with_max_level_hint(LevelFilter::INFO),
        );
    let started = tracing_subscriber::registry()
        .with(follow)
        .with(writing(log, server)?)
        .try_init();
    started.map_err(|error| anyhow!("can't start logging: {error}"))?;
    Ok(Logging { traces })
}

/// The layer that writes logs.
fn writing<S>(log: &Log, server: bool) -> anyhow::Result<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let default = if server {
        "info,lance=warn,lancedb=warn"
    } else {
        "error"
    };
    let told = EnvFilter::try_new(log.filter.as_deref().unwrap_or(default))?;
    let our_spans =
        filter_fn(|metadata| metadata.is_span() && is_ours(metadata) && is_shown(metadata))
            .with_max_level_hint(LevelFilter::INFO);
    let writer = fmt::layer().with_writer(|| mask::Masked(std::io::stderr()));
    Ok(if log.json {
        let filter = told.or(our_spans);
        let lines = writer.fmt_fields(format::JsonFields::new());
        lines.event_format(json::Lines).with_filter(filter).boxed()
    } else {
        let filter = told.or(our_spans);
        writer
            .fmt_fields(format::debug_fn(text_field).delimited(" "))
            .with_ansi(std::io::stderr().is_terminal())
            .with_filter(filter)
            .boxed()
    })
}

/// A field as text; what is for trace viewers only stays out.
fn text_field(
    writer: &mut format::Writer<'_>,
    field: &Field,
    value: &dyn Debug,
) -> std::fmt::Result {
    match field.name() {
        "message" => write!(writer, "{value:?}"),
        name if name.starts_with(FOR_TRACES) => Ok(()),
        name => write!(writer, "{name}={value:?}"),
    }
}

/// What fields begin with that say how a span is to be shown in a trace viewer.
const FOR_TRACES: &str = "otel.";

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("wafaa")
}

fn is_shown(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO
}
