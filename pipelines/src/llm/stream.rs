//! An answer that a chat model is writing, piece by piece.
//!
//! What must stay true: one whose connection ends before the provider has said that it is done is no whole answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_openai::types::chat::{ChatCompletionResponseStream, CreateChatCompletionStreamResponse};
use futures::StreamExt as _;
use tokio::time::timeout;

use super::{Error, Prices, Usage, breaker::Breaker, usage::Estimate};
use crate::measure;

/// A part of an answer that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// More words.
    Text(String),
    /// There are no more.
    End {
        /// The model, as the provider names it.
        model: String,
        /// What it cost; estimated where the provider doesn't say.
        usage: Usage,
    },
}

/// An answer that is being written.
pub struct Pieces {
    events: ChatCompletionResponseStream,
    asked: Asked,
    /// As the provider names it.
    model: String,
    /// As the provider says, once it does.
    usage: Option<Usage>,
    estimate: Estimate,
    /// Whether the provider has said that it is, or what it cost, which comes last: a connection may break in between.
    is_whole: bool,
    /// Read ahead, to know that the model answers.
    first: Option<String>,
}

/// The model that writes, and what is known of it.
pub(super) struct Asked {
    /// As it is configured.
    pub(super) name: String,
    pub(super) breaker: Arc<Breaker>,
    pub(super) prices: Prices,
    /// How long each piece may take.
    pub(super) timeout: Duration,
}

impl Pieces {
    /// Waits for the first words.
    pub(super) async fn begin(
        events: ChatCompletionResponseStream,
        asked: Asked,
        estimate: Estimate,
    ) -> Result<Self, Error> {
        let mut pieces = Self {
            events,
            model: asked.name.clone(),
            asked,
            usage: None,
            estimate,
            is_whole: false,
            first: None,
        };
        match pieces.read().await? {
            Piece::Text(text) => pieces.first = Some(text),
            Piece::End { .. } => return Err(Error::garbage("an empty answer")),
        }
        Ok(pieces)
    }

    /// The next piece; not to be called after [`Piece::End`].
    ///
    /// # Errors
    /// [`Error::Timeout`] when it takes too long, [`Error::Garbage`] when the stream breaks.
    pub async fn next(&mut self) -> Result<Piece, Error> {
        match self.first.take() {
            Some(text) => Ok(Piece::Text(text)),
            None => self.read().await.inspect_err(|error| self.broke_off(error)),
        }
    }

    /// What it has cost so far: an answer that breaks off is paid for, too.
    pub fn usage(&self) -> Usage {
        self.usage.unwrap_or_else(|| self.estimate.usage())
    }

    async fn read(&mut self) -> Result<Piece, Error> {
        let piece = self.read_on().await?;
        match &piece {
            Piece::Text(text) => self.estimate.add(text),
            Piece::End { .. } => self.spent(),
        }
        Ok(piece)
    }

    /// What was begun is paid for, and it may be the model's end.
    fn broke_off(&self, error: &Error) {
        if error.is_an_outage() {
            self.asked.breaker.failed(Instant::now());
        }
        self.spent();
    }

    fn spent(&self) {
        let usage = self.usage();
        let Asked { name, prices, .. } = &self.asked;
        measure::spent(name, usage, prices.cost(name, usage));
    }

    async fn read_on(&mut self) -> Result<Piece, Error> {
        loop {
            let event = timeout(self.asked.timeout, self.events.next())
                .await
                .map_err(|_| Error::Timeout)?;
            let Some(event) = event else {
                if !self.is_whole {
                    return Err(Error::garbage("an answer that breaks off"));
                }
                return Ok(Piece::End {
                    model: std::mem::take(&mut self.model),
                    usage: self.usage(),
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
            self.is_whole = true;
            self.usage = Some(usage.into());
        }
        self.is_whole |= event
            .choices
            .iter()
            .any(|choice| choice.finish_reason.is_some());
        event
            .choices
            .into_iter()
            .filter_map(|choice| choice.delta.content)
            .collect()
    }
}
