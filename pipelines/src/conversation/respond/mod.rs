//! Answers to questions: quoted from the documents, or written by a model from them.
//!
//! What must stay true: an answer cites what it says, by markers `[n]` that count its citations from 1; below
//! the bot's threshold it says that it doesn't have the information, and no model is asked. A failing model
//! never costs the customer an answer: it is quoted instead, and `model` says so.

mod cue;
mod extract;
mod generate;
mod ground;
mod list;
mod row;
mod stream;

use std::{collections::HashSet, time::Instant};

use futures::{StreamExt as _, stream::BoxStream};
use serde::{Deserialize, Serialize};
use wafaa_domain::{BotSettings, ChunkId, DocumentId, TenantScope};

use super::{
    Error,
    phrase::Phrase,
    rank::{Ranked, coverage},
    retrieve::{Found, Retriever},
};
use crate::{
    knowledge::analyse,
    llm::{Gateway, Usage},
    measure,
};

/// What `model` says of an answer that is quoted.
pub const EXTRACTIVE: &str = "extractive";

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What the customer reads.
    pub answer: String,
    /// Whether it answers; otherwise it says that the bot doesn't have the information.
    pub answered: bool,
    /// The probability, 0 to 1, that the documents answer the question.
    pub confidence: f32,
    /// What the markers stand for, in order.
    pub citations: Vec<Citation>,
    /// The model that wrote it, or [`EXTRACTIVE`].
    pub model: String,
    /// What the model's provider charges for; zero for a quoted answer.
    pub usage: Usage,
}

/// Where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The document.
    pub document_id: DocumentId,
    /// Its title.
    pub title: String,
    /// The page, from 1, in formats that have them.
    pub page: Option<u32>,
    /// The passage.
    pub chunk_id: ChunkId,
    /// The passage's own words, one line for each row or sentence quoted.
    pub quote: String,
}

/// A part of an answer that is being given.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// More of it, to be shown after what came before.
    Delta(String),
    /// All of it. It replaces what was shown, which differs where a model broke off.
    Done(Answer),
}

/// The events of one answer; the last is [`Event::Done`].
pub type Events = BoxStream<'static, Event>;

/// Answers questions. Clones share everything.
#[derive(Clone)]
pub struct Responder {
    retriever: Retriever,
    writer: Writer,
}

#[derive(Clone)]
enum Writer {
    Extractive,
    Generative(Box<Gateway>),
}

impl Responder {
    /// Quotes and arranges the best-supported sentences and table rows; needs no model.
    pub const fn extractive(retriever: Retriever) -> Self {
        Self {
            retriever,
            writer: Writer::Extractive,
        }
    }

    /// Has a chat model write from the retrieved passages.
    pub fn generative(retriever: Retriever, gateway: Gateway) -> Self {
        Self {
            retriever,
            writer: Writer::Generative(Box::new(gateway)),
        }
    }

    /// The same without a model: for whoever has no tokens left.
    #[must_use]
    pub fn quoting(&self) -> Self {
        Self::extractive(self.retriever.clone())
    }

    /// Whether answers may need a model, whose provider charges for them.
    #[must_use]
    pub const fn is_generative(&self) -> bool {
        matches!(self.writer, Writer::Generative(_))
    }

    /// The answer to `question`, from at most `top_k` passages.
    ///
    /// # Errors
    /// Those of retrieval.
    pub async fn respond(
        &self,
        scope: &TenantScope,
        bot: &BotSettings,
        question: &str,
        top_k: usize,
    ) -> Result<Answer, Error> {
        let begun = Instant::now();
        let found = self.retriever.find(scope, question).await?;
        let answer = match &self.writer {
            _ if !found.is_sufficient(bot) => abstain(&found, bot),
            Writer::Extractive => extract::answer(&found, bot, top_k),
            Writer::Generative(gateway) => generate::answer(gateway, &found, bot, top_k).await,
        };
        measure::answered(answer.answered, begun.elapsed());
        Ok(answer)
    }

    /// The same answer as it comes into being: a model's sentence by sentence, each once it is checked.
    ///
    /// # Errors
    /// Those of retrieval, before any event.
    pub async fn respond_stream(
        &self,
        scope: &TenantScope,
        bot: &BotSettings,
        question: &str,
        top_k: usize,
    ) -> Result<Events, Error> {
        let begun = Instant::now();
        let found = self.retriever.find(scope, question).await?;
        let events = match &self.writer {
            _ if !found.is_sufficient(bot) => stream::whole(abstain(&found, bot)),
            Writer::Extractive => stream::whole(extract::answer(&found, bot, top_k)),
            Writer::Generative(gateway) => {
                stream::generated(Gateway::clone(gateway), found, bot.clone(), top_k)
            }
        };
        let measured = events.inspect(move |event| {
            if let Event::Done(answer) = event {
                measure::answered(answer.answered, begun.elapsed());
            }
        });
        Ok(measured.boxed())
    }
}

impl Found {
    fn is_sufficient(&self, bot: &BotSettings) -> bool {
        !self.ranking.passages.is_empty() && self.ranking.confidence >= bot.confidence_threshold
    }

    /// The language to answer in: the question's, or the bot's first where the question gives no evidence.
    fn language<'a>(&'a self, bot: &'a BotSettings) -> &'a str {
        self.query
            .language
            .or_else(|| bot.languages.first().map(String::as_str))
            .unwrap_or("en")
    }

    /// How much of the question the passage's headings cover, weighted by rarity, 0 to 1.
    fn heading_coverage(&self, passage: &Ranked) -> f32 {
        let passage = &passage.candidate.passage;
        let terms = analyse::terms(&passage.heading, &passage.language);
        let terms: HashSet<&str> = terms.split(' ').collect();
        coverage(&self.query, &self.ranking.rarity, |term| {
            terms.contains(term)
        })
    }

    fn citation(&self, index: usize, quote: String) -> Option<Citation> {
        let passage = &self.ranking.passages.get(index)?.candidate.passage;
        Some(Citation {
            document_id: passage.document,
            title: self.titles.get(index).cloned().unwrap_or_default(),
            page: passage.page,
            chunk_id: passage.id,
            quote,
        })
    }
}

/// Says that the bot doesn't have the information.
fn abstain(found: &Found, bot: &BotSettings) -> Answer {
    Answer {
        answer: Phrase::NoInformation.say(found.language(bot)).to_owned(),
        answered: false,
        confidence: found.ranking.confidence,
        citations: Vec::new(),
        model: EXTRACTIVE.to_owned(),
        usage: Usage::default(),
    }
}
