//! One trace follows one document or message through every job and process.
//!
//! A job's row carries the W3C `traceparent` (<https://www.w3.org/TR/trace-context/>) of the span that
//! enqueued it; the span of its run continues that trace, and what it enqueues carries on from there.
//! Whether spans are exported is not decided here. Without a subscriber that knows traces, such as in
//! tests, there is nothing to carry.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::{Span, field, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use wafaa_storage::ledger::Job;

/// The `traceparent` of the current span.
#[must_use]
pub fn current() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            span.trace_id(),
            span.span_id(),
            span.trace_flags()
        )
    })
}

/// Makes `span`, which has not been entered yet, part of the trace of `parent`, or the first of a trace of
/// its own when that is no `traceparent`. The span's field `trace_id` notes which.
pub fn continue_from(span: &Span, parent: Option<&str>) {
    if let Some(parent) = parent.and_then(parse) {
        // It fails when nobody listens to the span.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    let context = span.context();
    let started = context.span();
    let started = started.span_context();
    if started.is_valid() {
        span.record("trace_id", field::display(started.trace_id()));
    }
}

/// The id of the trace in a `traceparent`: what logs and trace viewers show.
#[must_use]
pub fn id(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or(traceparent)
}

/// The span of a run of `job`, in the trace of who enqueued it.
pub(crate) fn of_run(job: &Job) -> Span {
    let span = info_span!(
        "job",
        job_id = %job.id,
        kind = %job.kind,
        lane = job.lane.as_str(),
        tenant = %job.tenant,
        attempt = job.attempt,
        trace_id = field::Empty,
        outcome = field::Empty,
        otel.name = format!("job {}", job.kind),
        otel.kind = "consumer",
    );
    continue_from(&span, job.trace_id.as_deref());
    span
}

/// Reads a `traceparent`; of a future version, what this one knows.
fn parse(text: &str) -> Option<SpanContext> {
    let mut parts = text.trim().split('-');
    let version = hex(parts.next()?, 2)?;
    let trace = hex(parts.next()?, 32)?;
    let span = hex(parts.next()?, 16)?;
    let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

/// `text` when it is `length` digits of lower-case hex.
fn hex(text: &str, length: usize) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == length && text.bytes().all(is_digit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_read() {
        let context = parse(GOOD).expect("the standard's example");
        assert_eq!(
            context.trace_id().to_string(),
            "0af7651916cd43dd8448eb211c80319c"
        );
        assert_eq!(context.span_id().to_string(), "b7ad6b7169203331");
        assert!(context.is_sampled() && context.is_remote());
        assert_eq!(id(GOOD), "0af7651916cd43dd8448eb211c80319c");
        // A later version may say more.
        assert!(parse(&format!("{}-more", GOOD.replacen("00", "01", 1))).is_some());
    }

    #[test]
    fn what_is_no_traceparent_is_nothing() {
        let wrong = [
            String::new(),
            "00".to_owned(),
            "' OR 1=1".to_owned(),
            GOOD.to_uppercase(),
            format!("{GOOD}-more"),
            GOOD.replacen("00", "ff", 1),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", "0".repeat(16)),
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        ];
        for text in wrong {
            assert!(parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn without_a_subscriber_there_is_no_trace() {
        assert_eq!(current(), None);
        continue_from(&Span::none(), Some(GOOD));
    }
}
