//! What happens around every request: an id, a span, one log line, a count, and no answer but a success or a
//! problem, whatever happens inside.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use futures::FutureExt as _;
use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use tracing::{Instrument as _, Span, field};
use uuid::Uuid;
use wafaa_jobs::trace;
use wafaa_storage::limit::{Allowance, Class};

use crate::{
    error::{Error, Result},
    limit::{self, seconds},
    metrics, problem,
    state::State,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What the inside of a request tells its outside.
#[derive(Clone, Default)]
pub(crate) struct Context {
    allowance: Arc<Mutex<Option<Allowance>>>,
    origin: Arc<OnceLock<HeaderValue>>,
}

impl Context {
    /// Notes what the caller has left; of several allowances the tightest is told.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when nothing was.
    pub(crate) fn spend(&self, allowance: Allowance) -> Result<()> {
        // Nothing under this lock can panic half-way.
        let mut told = self
            .allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *told = Some(told.map_or(allowance, |before| before.tighter(allowance)));
        allowance
            .granted
            .then_some(())
            .ok_or(Error::RateLimited(allowance.retry_after))
    }

    /// Lets pages of this origin read the answer, whatever it will be.
    pub(crate) fn let_read(&self, origin: &HeaderValue) {
        // Set once; a request has one origin.
        let _ = self.origin.set(origin.clone());
    }

    fn told(&self) -> Option<Allowance> {
        *self
            .allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wraps the whole application.
pub(crate) async fn around<E: Endpoint>(
    inner: Arc<E>,
    mut request: Request,
    state: State,
) -> poem::Result<Response> {
    let started = Instant::now();
    let id = request_id(request.headers());
    let context = Context::default();
    let path = request.original_uri().path().to_owned();
    let method = request.method().clone();
    let pattern = state.routes.pattern(&path).unwrap_or("other");
    let span = span(&request, &id, pattern);
    request.set_data(context.clone());
    request.set_data(state.clone());
    let mut response = match look(&state, &request) {
        Ok(()) => answer(inner, request, &id).instrument(span.clone()).await,
        Err(error) => problem::respond(&error.into(), &id),
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Some(allowed) = state
            .routes
            .allowed(&path)
            .and_then(|methods| HeaderValue::try_from(methods).ok())
    {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    finish(response.headers_mut(), &id, context.told());
    if let Some(origin) = context.origin.get() {
        share(response.headers_mut(), origin);
    }
    let latency = started.elapsed();
    metrics::answered(pattern, &method, response.status(), latency);
    log(
        &span,
        &path,
        response.status(),
        latency.as_secs_f64() * 1_000.0,
    );
    Ok(response)
}

/// Whether a question may come in at all.
fn look(state: &State, request: &Request) -> Result<()> {
    let class = limit::class(request.method(), request.original_uri().path());
    if class == Class::Questions {
        return state.gate.look();
    }
    Ok(())
}

/// Wraps an application that only programs ask: an id, and problems for what goes wrong.
pub(crate) async fn plainly<E: Endpoint>(
    inner: Arc<E>,
    request: Request,
) -> poem::Result<Response> {
    let id = request_id(request.headers());
    let mut response = answer(inner, request, &id).await;
    finish(response.headers_mut(), &id, None);
    Ok(response)
}

/// The span of a request, in the trace that the client is in or in one of its own. Traces leave out what asks
/// every few seconds.
fn span(request: &Request, id: &str, pattern: &str) -> Span {
    let (method, path) = (request.method(), request.original_uri().path());
    let span = if is_probe(path) {
        tracing::debug_span!("request", request_id = id, %method, path, trace_id = field::Empty,
            status = field::Empty, latency_ms = field::Empty)
    } else {
        tracing::info_span!(
            "request", request_id = id, %method, path, tenant = field::Empty, trace_id = field::Empty,
            status = field::Empty, latency_ms = field::Empty, otel.name = format!("{method} {pattern}"),
            otel.kind = "server"
        )
    };
    let parent = request.headers().get(TRACEPARENT);
    trace::continue_from(&span, parent.and_then(|parent| parent.to_str().ok()));
    span
}

fn is_probe(path: &str) -> bool {
    path.starts_with("/health/") || path == "/metrics"
}

async fn answer<E: Endpoint>(inner: Arc<E>, request: Request, id: &str) -> Response {
    let result = AssertUnwindSafe(inner.call(request)).catch_unwind().await;
    match result {
        Ok(Ok(response)) => response.into_response(),
        Ok(Err(error)) => problem::respond(&error, id),
        // The panic hook has logged it, inside this span.
        Err(_) => problem::respond(&Error::Internal("a handler panicked".into()).into(), id),
    }
}

/// The client's id when it is one we can log and return as it is, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| (1..=128).contains(&id.len()))
        .filter(|id| {
            id.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        })
        .map_or_else(|| format!("req_{}", Uuid::now_v7().simple()), str::to_owned)
}

/// Headers of every answer.
fn finish(headers: &mut HeaderMap, id: &str, allowance: Option<Allowance>) {
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(allowance) = allowance {
        headers.insert("ratelimit-limit", HeaderValue::from(allowance.limit));
        headers.insert(
            "ratelimit-remaining",
            HeaderValue::from(allowance.remaining),
        );
        headers.insert(
            "ratelimit-reset",
            HeaderValue::from(seconds(allowance.reset)),
        );
    }
    let mut default = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    // Pages say more; JSON that a browser is tricked into showing may do nothing.
    default(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    default(header::CACHE_CONTROL, "no-store");
}

/// Headers that let pages of an origin read the answer.
fn share(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-request-id, retry-after"),
    );
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

fn log(span: &Span, path: &str, status: StatusCode, latency_ms: f64) {
    span.record("status", status.as_u16());
    span.record("latency_ms", latency_ms);
    let _entered = span.enter();
    if is_probe(path) {
        tracing::debug!("answered");
    } else {
        tracing::info!("answered");
    }
}
