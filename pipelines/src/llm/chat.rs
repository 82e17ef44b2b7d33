//! Chat models behind an OpenAI-compatible URL, tried in order.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
        ChatCompletionStreamOptions, CreateChatCompletionRequest, CreateChatCompletionResponse,
    },
};
use tokio::time::timeout;
use tracing::{Instrument as _, Span, info_span};

use super::{
    Error, Pieces, Prices, Provider, Usage, breaker::Breaker, stream::Asked, usage::Estimate,
};
use crate::measure;

/// The longest answer, in tokens; reasoning models count their thoughts too.
const MAX_COMPLETION_TOKENS: u32 = 2_000;

/// What a model is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Who it is and the rules.
    pub system: String,
    /// What the customer asks, with what was found.
    pub user: String,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Its words.
    pub text: String,
    /// The model, as the provider names it.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
}

/// A provider's chat models: the first, and those to fall back on. Clones share connections.
#[derive(Debug, Clone)]
pub struct Gateway {
    models: Arc<[Model]>,
    timeout: Duration,
    prices: Prices,
}

#[derive(Debug)]
struct Model {
    name: String,
    client: Client<OpenAIConfig>,
    breaker: Arc<Breaker>,
}

impl Gateway {
    /// Takes `model` into use, and `fallbacks` in their order for when it fails.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn new(provider: &Provider, model: &str, fallbacks: &[String]) -> Result<Self, Error> {
        if model.trim().is_empty() {
            return Err(Error::Settings("a chat model must be named".into()));
        }
        let models = std::iter::once(model)
            .chain(fallbacks.iter().map(String::as_str))
            .map(|name| Model::new(provider, name))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            models,
            timeout: provider.timeout,
            prices: Prices::default(),
        })
    }

    /// Counts what the models cost.
    #[must_use]
    pub fn with_prices(self, prices: Prices) -> Self {
        Self { prices, ..self }
    }

    /// The answer of the first model that gives one.
    ///
    /// # Errors
    /// The last model's.
    pub async fn complete(&self, prompt: &Prompt) -> Result<Completion, Error> {
        let mut attempts = self.attempts();
        while let Some((model, within)) = attempts.next() {
            let asked = model.complete(prompt, within).instrument(model.span());
            if let Some(completion) = attempts.judge(model, asked.await)? {
                let cost = self.prices.cost(&model.name, completion.usage);
                measure::spent(&model.name, completion.usage, cost);
                return Ok(completion);
            }
        }
        Err(attempts.failure)
    }

    /// The answer of the first model that begins one, piece by piece.
    ///
    /// # Errors
    /// The last model's.
    pub async fn stream(&self, prompt: &Prompt) -> Result<Pieces, Error> {
        let mut attempts = self.attempts();
        while let Some((model, within)) = attempts.next() {
            let asked = model.stream(prompt, self.timeout, &self.prices);
            let asked = timeout(within, asked).instrument(model.span()).await;
            let begun = asked.unwrap_or(Err(Error::Timeout));
            if let Some(pieces) = attempts.judge(model, begun)? {
                return Ok(pieces);
            }
        }
        Err(attempts.failure)
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts {
            models: self.models.iter(),
            timeout: self.timeout,
            until: Instant::now() + 2 * self.timeout,
            failure: Error::garbage("no model"),
        }
    }
}

/// The models of a gateway, asked in turn. Two may take all the time that a model has; the others have what those
/// did not use.
struct Attempts<'a> {
    models: std::slice::Iter<'a, Model>,
    timeout: Duration,
    until: Instant,
    /// The last model's.
    failure: Error,
}

impl<'a> Attempts<'a> {
    /// The next model that isn't resting, and the time that it has.
    fn next(&mut self) -> Option<(&'a Model, Duration)> {
        for model in self.models.by_ref() {
            let now = Instant::now();
            let within = self.until.saturating_duration_since(now).min(self.timeout);
            if within.is_zero() {
                return None;
            }
            if model.breaker.lets_through(now) {
                return Some((model, within));
            }
            self.failure = Error::Resting;
            measure::asked(&model.name, &Err::<(), _>(Error::Resting));
        }
        None
    }

    /// What the model gave; nothing where another one may fare better.
    fn judge<T>(&mut self, model: &Model, outcome: Result<T, Error>) -> Result<Option<T>, Error> {
        measure::asked(&model.name, &outcome);
        let error = match outcome {
            Ok(given) => {
                model.breaker.answered();
                return Ok(Some(given));
            }
            Err(error) => error,
        };
        tracing::warn!(model = model.name, %error, "a chat model failed");
        if error.is_an_outage() {
            model.breaker.failed(Instant::now());
        }
        if !error.is_worth_a_fallback() {
            return Err(error);
        }
        self.failure = error;
        Ok(None)
    }
}

impl Model {
    fn new(provider: &Provider, name: &str) -> Result<Self, Error> {
        let breaker = Arc::new(Breaker::default());
        Ok(Self {
            name: name.to_owned(),
            client: provider.client(Some(Arc::clone(&breaker)))?,
            breaker,
        })
    }

    async fn complete(&self, prompt: &Prompt, within: Duration) -> Result<Completion, Error> {
        let request = request(&self.name, prompt);
        let answer = timeout(within, self.client.chat().create(request))
            .await
            .map_err(|_| Error::Timeout)??;
        completion(answer, prompt)
    }

    /// A stream up to its first words; each next piece may take `timeout`.
    async fn stream(
        &self,
        prompt: &Prompt,
        timeout: Duration,
        prices: &Prices,
    ) -> Result<Pieces, Error> {
        let request = CreateChatCompletionRequest {
            stream_options: Some(ChatCompletionStreamOptions {
                include_usage: Some(true),
                include_obfuscation: None,
            }),
            ..request(&self.name, prompt)
        };
        let events = self.client.chat().create_stream(request).await?;
        let model = Asked {
            name: self.name.clone(),
            breaker: Arc::clone(&self.breaker),
            prices: prices.clone(),
            timeout,
        };
        Pieces::begin(events, model, Estimate::of(prompt)).await
    }

    fn span(&self) -> Span {
        info_span!("chat model", model = self.name, otel.kind = "client")
    }
}

fn request(model: &str, prompt: &Prompt) -> CreateChatCompletionRequest {
    // No temperature: reasoning models refuse any but their own.
    CreateChatCompletionRequest {
        model: model.to_owned(),
        messages: vec![
            ChatCompletionRequestSystemMessage::from(prompt.system.as_str()).into(),
            ChatCompletionRequestUserMessage::from(prompt.user.as_str()).into(),
        ],
        max_completion_tokens: Some(MAX_COMPLETION_TOKENS),
        ..CreateChatCompletionRequest::default()
    }
}

fn completion(answer: CreateChatCompletionResponse, prompt: &Prompt) -> Result<Completion, Error> {
    let text = answer
        .choices
        .into_iter()
        .next()
        .and_then(|choice| choice.message.content)
        .unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Error::garbage("an empty answer"));
    }
    let usage = answer.usage.map_or_else(
        || {
            let mut estimate = Estimate::of(prompt);
            estimate.add(&text);
            estimate.usage()
        },
        Usage::from,
    );
    Ok(Completion {
        text,
        model: answer.model,
        usage,
    })
}
