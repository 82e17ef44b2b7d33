//! Chat models behind an OpenAI-compatible URL, tried in order.

use std::time::Duration;

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
        ChatCompletionResponseStream, ChatCompletionStreamOptions, CompletionUsage,
        CreateChatCompletionRequest, CreateChatCompletionResponse,
        CreateChatCompletionStreamResponse,
    },
};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::{Instrument as _, info_span};

use super::{Error, Prices, Provider};
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

/// Tokens that a provider charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub completion_tokens: u32,
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
    client: Client<OpenAIConfig>,
    models: Vec<String>,
    timeout: Duration,
    prices: Prices,
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
            .map(str::to_owned)
            .collect();
        Ok(Self {
            client: provider.client()?,
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
        let mut failure = Error::garbage("no model");
        for model in &self.models {
            let outcome = self
                .complete_with(model, prompt)
                .instrument(info_span!("chat model", model, otel.kind = "client"))
                .await;
            measure::asked(model, &outcome);
            match outcome {
                Ok(completion) => {
                    let cost = self.prices.cost(model, completion.usage);
                    measure::spent(model, completion.usage, cost);
                    return Ok(completion);
                }
                Err(error) => failure = self.failed(model, error)?,
            }
        }
        Err(failure)
    }

    /// The answer of the first model that begins one, piece by piece.
    ///
    /// # Errors
    /// The last model's.
    pub async fn stream(&self, prompt: &Prompt) -> Result<Pieces, Error> {
        let mut failure = Error::garbage("no model");
        for model in &self.models {
            let outcome = self
                .stream_with(model, prompt)
                .instrument(info_span!("chat model", model, otel.kind = "client"))
                .await;
            measure::asked(model, &outcome);
            match outcome {
                Ok(pieces) => return Ok(pieces),
                Err(error) => failure = self.failed(model, error)?,
            }
        }
        Err(failure)
    }

    /// Logs a model's failure; it is returned as an error when no other model would fare better.
    fn failed(&self, model: &str, error: Error) -> Result<Error, Error> {
        tracing::warn!(model, %error, "a chat model failed");
        if error.is_worth_a_fallback() {
            Ok(error)
        } else {
            Err(error)
        }
    }

    async fn complete_with(&self, model: &str, prompt: &Prompt) -> Result<Completion, Error> {
        let request = request(model, prompt);
        let answer = timeout(self.timeout, self.client.chat().create(request))
            .await
            .map_err(|_| Error::Timeout)??;
        completion(answer)
    }

    async fn stream_with(&self, model: &str, prompt: &Prompt) -> Result<Pieces, Error> {
        let request = CreateChatCompletionRequest {
            stream_options: Some(ChatCompletionStreamOptions {
                include_usage: Some(true),
                include_obfuscation: None,
            }),
            ..request(model, prompt)
        };
        let chat = self.client.chat();
        let events = timeout(self.timeout, chat.create_stream(request))
            .await
            .map_err(|_| Error::Timeout)??;
        let mut pieces = Pieces {
            events,
            timeout: self.timeout,
            model: model.to_owned(),
            asked: model.to_owned(),
            prices: self.prices.clone(),
            usage: Usage::default(),
            first: None,
        };
        match pieces.read().await? {
            Piece::Text(text) => pieces.first = Some(text),
            Piece::End { .. } => return Err(Error::garbage("an empty answer")),
        }
        Ok(pieces)
    }
}

/// A part of an answer that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// More words.
    Text(String),
    /// There are no more.
    End {
        /// The model, as the provider names it.
        model: String,
        /// What it cost; zero where the provider doesn't say.
        usage: Usage,
    },
}

/// An answer that is being written.
pub struct Pieces {
    events: ChatCompletionResponseStream,
    timeout: Duration,
    model: String,
    /// The model's configured name.
    asked: String,
    prices: Prices,
    usage: Usage,
    /// Read ahead, to know that the model answers.
    first: Option<String>,
}

impl Pieces {
    /// The next piece; not to be called after [`Piece::End`].
    ///
    /// # Errors
    /// [`Error::Timeout`] when it takes too long, [`Error::Garbage`] when the stream breaks.
    pub async fn next(&mut self) -> Result<Piece, Error> {
        match self.first.take() {
            Some(text) => Ok(Piece::Text(text)),
            None => self.read().await,
        }
    }

    async fn read(&mut self) -> Result<Piece, Error> {
        loop {
            let event = timeout(self.timeout, self.events.next())
                .await
                .map_err(|_| Error::Timeout)?;
            let Some(event) = event else {
                let cost = self.prices.cost(&self.asked, self.usage);
                measure::spent(&self.asked, self.usage, cost);
                return Ok(Piece::End {
                    model: std::mem::take(&mut self.model),
                    usage: self.usage,
                });
            };
            let text = self.note(event?);
            if !text.is_empty() {
                return Ok(Piece::Text(text));
            }
        }
    }

    /// Keeps what an event says besides its text.
    fn note(&mut self, event: CreateChatCompletionStreamResponse) -> String {
        if !event.model.is_empty() {
            self.model = event.model;
        }
        if let Some(usage) = event.usage {
            self.usage = usage.into();
        }
        event
            .choices
            .into_iter()
            .filter_map(|choice| choice.delta.content)
            .collect()
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

fn completion(answer: CreateChatCompletionResponse) -> Result<Completion, Error> {
    let text = answer
        .choices
        .into_iter()
        .next()
        .and_then(|choice| choice.message.content)
        .unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Error::garbage("an empty answer"));
    }
    Ok(Completion {
        text,
        model: answer.model,
        usage: answer.usage.map(Usage::from).unwrap_or_default(),
    })
}

impl From<CompletionUsage> for Usage {
    fn from(usage: CompletionUsage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
        }
    }
}
