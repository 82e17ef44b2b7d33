//! One HTTP call to a provider, and what it means when it fails.
//!
//! The line that matters runs between "surely not sent" and "maybe sent". A connection that never came about sent
//! nothing. A request that was written and not answered may have been carried out; so may one that a gateway
//! answered for the service behind it (502, 504). The service's own 500 and 503 are taken at their word.
//!
//! Errors are told without URLs: Telegram's have the token in them.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use serde_json::Value;

use crate::outbound::SendError;

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
/// How long to wait when the provider says "too many" but not for how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);
/// The longest wait that a provider is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a provider answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    /// The JSON of the body; null when it is none.
    pub(crate) body: Value,
}

/// Makes the call.
///
/// # Errors
/// No answer came; an answer of any status is none.
pub(crate) async fn call(request: RequestBuilder) -> Result<Answer, SendError> {
    let mut response = request.send().await.map_err(broke_off)?;
    let status = response.status();
    let retry_after = retry_after(&response);
    let body = read(&mut response).await.unwrap_or_default();
    Ok(Answer {
        status,
        retry_after,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

/// The body, if it arrives whole and isn't endless.
async fn read(response: &mut Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        if body.len() + piece.len() > LONGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&piece);
    }
    Some(body)
}

/// `Retry-After` in seconds; no messaging provider sends dates.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

pub(crate) fn broke_off(error: reqwest::Error) -> SendError {
    let surely_not_sent = error.is_connect();
    let is_ours = error.is_builder();
    let detail = told(error);
    match (is_ours, surely_not_sent) {
        (true, _) => SendError::Invalid { detail },
        (false, true) => SendError::Transient { detail },
        (false, false) => SendError::Unknown { detail },
    }
}

/// The error and its causes, without the URL.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        detail.push_str(": ");
        detail.push_str(&error.to_string());
        cause = error.source();
    }
    detail
}

impl Answer {
    /// What a refusal means that the provider has not explained in its own way.
    pub(crate) fn refusal(&self, provider: &str) -> SendError {
        let status = self.status.as_u16();
        let detail = format!("{provider} answered HTTP {status}");
        match status {
            429 => self.wait(detail, DEFAULT_WAIT),
            401 | 403 => SendError::Reconnect { detail },
            500 => SendError::Transient { detail },
            503 => match self.retry_after {
                Some(after) => self.wait(detail, after),
                None => SendError::Transient { detail },
            },
            501..=599 | 408 => SendError::Unknown { detail },
            _ => SendError::Invalid { detail },
        }
    }

    /// To wait as long as the provider says, else as long as `otherwise`.
    pub(crate) fn wait(&self, detail: String, otherwise: Duration) -> SendError {
        SendError::Wait {
            after: self
                .retry_after
                .unwrap_or(otherwise)
                .clamp(Duration::from_secs(1), LONGEST_WAIT),
            detail,
        }
    }

    /// An answer that says "accepted", but not in a form that we can read.
    pub(crate) fn unreadable(&self, provider: &str) -> SendError {
        SendError::Unknown {
            detail: format!(
                "{provider} answered HTTP {} and nothing to read",
                self.status.as_u16()
            ),
        }
    }
}
