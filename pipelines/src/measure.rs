//! What searches, answers and models cost in time, tokens and money; `GET /metrics` shows it. No label says
//! which tenant, nor anything that a customer wrote.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::llm::{self, Usage};

/// What a text is embedded for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    Query,
    Passage,
}

impl Use {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Passage => "passage",
        }
    }
}

/// A question was looked up, embedding included.
pub(crate) fn searched(took: Duration) {
    histogram!("wafaa_search_duration_seconds").record(took);
}

/// A question was answered, or found to be unanswerable from the documents.
pub(crate) fn answered(answered: bool, took: Duration) {
    let outcome = if answered { "answered" } else { "abstained" };
    counter!("wafaa_answers_total", "outcome" => outcome).increment(1);
    histogram!("wafaa_answer_duration_seconds").record(took);
}

/// A rerank model was asked for the order of passages.
pub(crate) fn reranked<T>(outcome: &Result<T, llm::Error>, took: Duration) {
    let outcome = outcome.as_ref().err().map_or("ok", llm::Error::as_label);
    counter!("wafaa_rerank_requests_total", "outcome" => outcome).increment(1);
    histogram!("wafaa_rerank_duration_seconds").record(took);
}

/// An embedder made vectors of so many tokens.
pub(crate) fn embedded(purpose: Use, tokens: u64, took: Duration) {
    let purpose = purpose.as_str();
    counter!("wafaa_embedding_tokens_total", "use" => purpose).increment(tokens);
    histogram!("wafaa_embedding_duration_seconds", "use" => purpose).record(took);
}

/// A chat model was asked; `model` is its configured name.
pub(crate) fn asked<T>(model: &str, outcome: &Result<T, llm::Error>) {
    let outcome = outcome.as_ref().err().map_or("ok", llm::Error::as_label);
    let model = model.to_owned();
    counter!("wafaa_llm_requests_total", "model" => model, "outcome" => outcome).increment(1);
}

/// What a chat model read and wrote, and what that cost, in US dollars, where its price is known.
pub(crate) fn spent(model: &str, usage: Usage, cost: Option<f64>) {
    for (direction, tokens) in [
        ("input", usage.prompt_tokens),
        ("output", usage.completion_tokens),
    ] {
        counter!("wafaa_llm_tokens_total", "model" => model.to_owned(), "direction" => direction)
            .increment(u64::from(tokens));
    }
    charged(model, cost);
}

/// A provider has charged for a model's work, in US dollars, where its price is known.
pub(crate) fn charged(model: &str, cost: Option<f64>) {
    if let Some(cost) = cost {
        // Counters count whole things; the API shows this gauge, which only grows, as the counter that it is.
        gauge!("wafaa_llm_cost_usd_total", "model" => model.to_owned()).increment(cost);
    }
}
