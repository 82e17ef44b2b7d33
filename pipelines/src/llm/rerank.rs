//! A model that puts texts into order for a question, behind a rerank endpoint of the shape that Cohere, Jina, vLLM and
//! others have.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::{Instrument as _, info_span};

use super::{Error, Provider, breaker::Breaker};
use crate::measure;

/// How long it may take: a search that waits longer is no better for it.
pub const RERANK_TIMEOUT: Duration = Duration::from_millis(1_500);

/// A provider's rerank model. Clones share connections.
#[derive(Debug, Clone)]
pub struct Reranker {
    client: Client,
    url: String,
    key: SecretString,
    /// None where the endpoint has only one.
    model: Option<String>,
    timeout: Duration,
    breaker: Arc<Breaker>,
}

#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    query: &'a str,
    documents: &'a [String],
    top_n: usize,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Scored>,
}

#[derive(Deserialize)]
struct Scored {
    index: usize,
    relevance_score: f64,
}

impl Reranker {
    /// Takes the endpoint `<base URL>/rerank` into use.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn new(provider: &Provider, model: Option<&str>) -> Result<Self, Error> {
        let base_url = provider.checked()?;
        Ok(Self {
            client: Client::new(),
            url: format!("{base_url}/rerank"),
            key: provider.key.clone(),
            model: model.map(str::to_owned),
            timeout: provider.timeout,
            breaker: Arc::default(),
        })
    }

    /// The places of `texts`, each once, best first. Those that the model says nothing of come last, as they were.
    ///
    /// # Errors
    /// When it is down, too slow, or answers something that is no order.
    pub(crate) async fn order(
        &self,
        question: &str,
        texts: &[String],
    ) -> Result<Vec<usize>, Error> {
        let begun = Instant::now();
        let outcome = if self.breaker.lets_through(begun) {
            let asked = self.ask(question, texts).instrument(info_span!("rerank"));
            timeout(self.timeout, asked)
                .await
                .unwrap_or(Err(Error::Timeout))
        } else {
            Err(Error::Resting)
        };
        match &outcome {
            Ok(_) => self.breaker.answered(),
            Err(error) if error.is_an_outage() => self.breaker.failed(Instant::now()),
            Err(_) => {}
        }
        measure::reranked(&outcome, begun.elapsed());
        outcome
    }

    async fn ask(&self, question: &str, texts: &[String]) -> Result<Vec<usize>, Error> {
        let request = Request {
            model: self.model.as_deref(),
            query: question,
            documents: texts,
            top_n: texts.len(),
        };
        let mut request = self.client.post(&self.url).json(&request);
        let key = self.key.expose_secret();
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        let response = request.send().await?;
        match response.status() {
            status if status.is_success() => {}
            StatusCode::TOO_MANY_REQUESTS => return Err(Error::RateLimited),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(Error::Denied(status.as_u16()));
            }
            status if status.is_server_error() => {
                return Err(Error::Unavailable(format!("HTTP {}", status.as_u16())));
            }
            status => {
                let message = response.text().await.unwrap_or_default();
                return Err(Error::Rejected {
                    status: status.as_u16(),
                    message: message.chars().take(200).collect(),
                });
            }
        }
        order(response.json::<Answer>().await?.results, texts.len())
    }
}

/// The order that the scores say of so many texts.
fn order(mut scored: Vec<Scored>, texts: usize) -> Result<Vec<usize>, Error> {
    let mut is_known = vec![false; texts];
    for Scored {
        index,
        relevance_score,
    } in &scored
    {
        let is_new = is_known
            .get_mut(*index)
            .is_some_and(|known| !std::mem::replace(known, true));
        if !is_new || !relevance_score.is_finite() {
            return Err(Error::garbage("no order of the texts that it was given"));
        }
    }
    // By the scores: not every server sorts. Equals stay as they came.
    scored.sort_by(|a, b| b.relevance_score.total_cmp(&a.relevance_score));
    let rest = (0..texts).filter(|index| !is_known[*index]);
    let ordered = scored.iter().map(|scored| scored.index);
    Ok(ordered.chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scores: &[(usize, f64)], texts: usize) -> Result<Vec<usize>, Error> {
        let scored = scores.iter().map(|&(index, relevance_score)| Scored {
            index,
            relevance_score,
        });
        order(scored.collect(), texts)
    }

    #[test]
    fn an_order_has_every_text_once() {
        assert_eq!(of(&[(0, 0.1), (2, 0.9), (1, 0.5)], 3).unwrap(), [2, 1, 0]);
        assert_eq!(of(&[(3, 0.2), (1, 0.7)], 4).unwrap(), [1, 3, 0, 2]);
        assert_eq!(of(&[], 2).unwrap(), [0, 1]);
        for garbage in [
            [(0, 0.5), (0, 0.4)],
            [(0, 0.5), (2, 0.4)],
            [(0, 0.5), (1, f64::NAN)],
        ] {
            assert!(of(&garbage, 2).is_err(), "{garbage:?}");
        }
    }
}
