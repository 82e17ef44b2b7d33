//! How a request to a provider is sent, and sent again.
//!
//! A provider that is busy, down or can't be reached is asked again after a pause that grows, or after the one that it
//! names. What must stay true: nobody waits long for a provider that has said it will take long. It is left at once,
//! and its model rests for as long as it asked, so that another one answers.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use async_openai::middleware::HttpRequestFactory;
use chrono::{DateTime, Utc};
use reqwest::{
    Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use tokio::time::sleep;
use tower_service::Service;

use super::{Error, breaker::Breaker};

/// Tries after the first.
const RETRIES: u32 = 3;
/// The first pause where the provider names none; each is twice the one before, and up to half of it is left to chance.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest pause that a provider may name.
const BEARABLE: Duration = Duration::from_secs(5);
/// What OpenAI says of an account without money, which no pause helps.
const NO_MONEY: &str = "insufficient_quota";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Sends requests, for one model where it has a breaker.
#[derive(Debug, Clone)]
pub(super) struct Patient {
    client: reqwest::Client,
    breaker: Option<Arc<Breaker>>,
}

impl Patient {
    pub(super) fn new(breaker: Option<Arc<Breaker>>) -> Self {
        Self {
            client: reqwest::Client::new(),
            breaker,
        }
    }

    async fn send(self, request: HttpRequestFactory) -> Result<Response, BoxError> {
        let mut tried = 0;
        loop {
            let request = request.build().await.map_err(Error::from)?;
            let pause = match self.client.execute(request).await {
                Ok(response) if is_passing(response.status()) => {
                    let asked = named(response.headers(), Utc::now());
                    let is_last = tried == RETRIES || asked.is_some_and(|pause| pause > BEARABLE);
                    if response.status() == StatusCode::TOO_MANY_REQUESTS {
                        let body = response.text().await.unwrap_or_default();
                        if is_last || body.contains(NO_MONEY) {
                            self.rest(asked);
                            return Err(Error::RateLimited.into());
                        }
                    } else if is_last {
                        self.rest(asked);
                        return Ok(response);
                    }
                    asked
                }
                Ok(response) => return Ok(response),
                Err(error) if error.is_connect() && tried < RETRIES => None,
                Err(error) => return Err(Error::from(error).into()),
            };
            sleep(pause.unwrap_or_else(|| backoff(tried))).await;
            tried += 1;
        }
    }

    /// Leaves the model alone for as long as its provider has asked.
    fn rest(&self, asked: Option<Duration>) {
        if let (Some(breaker), Some(pause)) = (&self.breaker, asked) {
            breaker.rest(Instant::now(), pause);
        }
    }
}

impl Service<HttpRequestFactory> for Patient {
    type Response = Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// Whether the same request may succeed a little later.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY
        )
}

/// The pause that a provider names: milliseconds as OpenAI and Azure have it, else seconds or a date.
fn named(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(exact) = text("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(exact));
    }
    let text = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    // A date that is over means at once.
    Some((at.to_utc() - now).to_std().unwrap_or_default())
}

fn backoff(tried: u32) -> Duration {
    let most = PAUSE.saturating_mul(2_u32.saturating_pow(tried));
    rand::random_range(most / 2..=most)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_pause_is_named_in_three_ways() {
        let now = DateTime::parse_from_rfc2822("Thu, 26 Nov 2026 03:00:00 GMT").unwrap();
        let of = |headers: &[(&'static str, &'static str)]| {
            let headers = headers
                .iter()
                .map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
            named(&headers.collect(), now.to_utc())
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("retry-after", "7")]), seconds(7));
        assert_eq!(
            of(&[("retry-after", "7"), ("retry-after-ms", "250")]),
            Some(Duration::from_millis(250))
        );
        let at = |date| of(&[("retry-after", date)]);
        assert_eq!(at("Thu, 26 Nov 2026 03:01:00 GMT"), seconds(60));
        assert_eq!(at("Thu, 26 Nov 2026 02:00:00 GMT"), seconds(0));
        assert_eq!(at("soon"), None);
    }

    #[test]
    fn pauses_grow_and_vary() {
        for tried in 0..RETRIES {
            let most = PAUSE * 2_u32.pow(tried);
            for _ in 0..100 {
                assert!((most / 2..=most).contains(&backoff(tried)));
            }
        }
    }

    #[test]
    fn what_another_try_may_help() {
        let passing = [408, 425, 429, 500, 502, 503, 529];
        let lasting = [200, 400, 401, 403, 404, 413, 422];
        let is = |status: u16| is_passing(StatusCode::from_u16(status).unwrap());
        assert!(passing.into_iter().all(is));
        assert!(!lasting.into_iter().any(is));
    }
}
