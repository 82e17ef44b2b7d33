//! The installation under load, as an HTTP client sees it.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// How long a preparing request is repeated while the installation asks for patience.
const PATIENCE: Duration = Duration::from_secs(600);
const PREPARING_TIMEOUT: Duration = Duration::from_secs(60);

/// Where requests go.
pub(super) struct Target {
    client: Client,
    urls: Vec<String>,
    turn: AtomicUsize,
}

impl Target {
    /// An installation that answers at these addresses in turn.
    ///
    /// # Errors
    /// When an address is none.
    pub(super) fn new(urls: &[String], timeout: Duration) -> anyhow::Result<Self> {
        let urls = urls.iter().map(|url| {
            let parsed = reqwest::Url::parse(url).with_context(|| format!("{url} is no URL"))?;
            ensure!(
                matches!(parsed.scheme(), "http" | "https"),
                "{url} is not an HTTP address"
            );
            Ok(url.trim_end_matches('/').to_owned())
        });
        Ok(Self {
            urls: urls.collect::<anyhow::Result<_>>()?,
            // A proxy of the environment would be measured instead.
            client: Client::builder()
                .timeout(timeout)
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            turn: AtomicUsize::new(0),
        })
    }

    /// A request to the next address.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let url = &self.urls[turn % self.urls.len()];
        self.client.request(method, format!("{url}{path}"))
    }

    /// A request of the preparation: repeated while throttled, and answered with its status and JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        fill: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let begun = Instant::now();
        loop {
            let mut request = self
                .request(method.clone(), path)
                .timeout(PREPARING_TIMEOUT);
            if !token.is_empty() {
                request = request.bearer_auth(token);
            }
            let answer = fill(request)
                .send()
                .await
                .with_context(|| format!("no answer to {method} {path}"))?;
            let Some(pause) = pause(&answer).filter(|_| begun.elapsed() < PATIENCE) else {
                let status = answer.status();
                return Ok((status, answer.json().await.unwrap_or_default()));
            };
            sleep(pause).await;
        }
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> anyhow::Result<(StatusCode, Value)> {
        self.call(Method::GET, path, token, |request| request).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> anyhow::Result<(StatusCode, Value)> {
        self.call(Method::POST, path, token, |request| request.json(body))
            .await
    }
}

/// How long to wait before a throttled request is sent again.
fn pause(answer: &Response) -> Option<Duration> {
    if answer.status() != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let seconds = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    Some(Duration::from_secs(seconds.unwrap_or(1).clamp(1, 60)))
}

/// The answer's text field.
///
/// # Errors
/// When it isn't there.
pub(super) fn text(body: &Value, field: &str) -> anyhow::Result<String> {
    let text = body.pointer(field).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("there is no {field} in the answer {body}"))
}

/// The body of an answer that has to be a success.
///
/// # Errors
/// Says what was attempted, and what was answered instead.
pub(super) fn success(
    (status, body): (StatusCode, Value),
    attempt: impl std::fmt::Display,
) -> anyhow::Result<Value> {
    if status.is_success() {
        return Ok(body);
    }
    let detail = body["detail"].as_str().unwrap_or_default();
    bail!("can't {attempt}: {status} {detail}");
}
