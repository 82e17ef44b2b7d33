//! Answers to questions: quoted from the documents, or written by a model from them.
//!
//! What must stay true: an answer cites what it says, by markers `[n]` that count its citations from 1; below
//! the bot's threshold it says that it doesn't have the information, and no model is asked. A failing model
//! never costs the customer an answer: it is quoted instead, and `model` says so.

mod cue;
mod extract;
mod generate;
mod ground;
mod hours;
mod list;
mod part;
mod pick;
mod row;
mod stream;
mod vocabulary;

use std::{collections::HashSet, time::Instant};

use chrono::{Datelike as _, Utc};
use chrono_tz::Tz;
use futures::{StreamExt as _, stream::BoxStream};
use serde::{Deserialize, Serialize};
use wafaa_domain::{BotSettings, ChunkId, DocumentId, TenantScope};

use super::{
    Error,
    context::{Turn, recent},
    phrase::Phrase,
    rank::{Ranked, coverage},
    retrieve::{Found, Hit, Retriever},
};
use crate::{
    knowledge::{analyse, language, weekday},
    llm::{Gateway, Usage},
    measure,
};

/// What `model` says of an answer that is quoted.
pub const EXTRACTIVE: &str = "extractive";

/// Passages that a rehearsal looks among for what was expected.
const LOOKED_AT: usize = 50;

/// What a model is told of the conversation before the question, at most.
pub const EARLIER_TOKENS: usize = 800;

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
    /// The web page that the document is, when it comes from a source.
    #[serde(default)]
    pub source_url: Option<String>,
    /// The page, from 1, in formats that have them.
    pub page: Option<u32>,
    /// The passage.
    pub chunk_id: ChunkId,
    /// The passage's own words, one line for each row or sentence quoted.
    pub quote: String,
}

/// An answer that nobody has asked for, and what it was made from.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// What a customer would have been told.
    pub answer: Answer,
    /// The passages found for the question as a whole, best first.
    pub found: Vec<Hit>,
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
        self.respond_within(scope, bot, &[], question, top_k).await
    }

    /// The same within a conversation: `question` stands for itself, and a model is told what was said before it,
    /// oldest first, as far as [`EARLIER_TOKENS`] go. A quoted answer rests on the question alone.
    ///
    /// # Errors
    /// Those of retrieval.
    pub async fn respond_within(
        &self,
        scope: &TenantScope,
        bot: &BotSettings,
        earlier: &[Turn],
        question: &str,
        top_k: usize,
    ) -> Result<Answer, Error> {
        let begun = Instant::now();
        let answer = self.answer(scope, bot, earlier, question, top_k).await?;
        measure::answered(answer.answered, begun.elapsed());
        Ok(answer)
    }

    /// The same answer for whoever tests the bot, with the passages found: it is not counted among those to
    /// customers.
    ///
    /// # Errors
    /// Those of retrieval.
    pub async fn rehearse(
        &self,
        scope: &TenantScope,
        bot: &BotSettings,
        question: &str,
        top_k: usize,
    ) -> Result<Rehearsal, Error> {
        let looked_up = with_named_days(question, bot);
        let found = self.retriever.search(scope, &looked_up, LOOKED_AT).await?;
        let answer = self.answer(scope, bot, &[], question, top_k).await?;
        Ok(Rehearsal { answer, found })
    }

    async fn answer(
        &self,
        scope: &TenantScope,
        bot: &BotSettings,
        earlier: &[Turn],
        question: &str,
        top_k: usize,
    ) -> Result<Answer, Error> {
        Ok(match &self.writer {
            Writer::Extractive => self.quote(scope, bot, question, top_k).await?,
            Writer::Generative(gateway) => {
                let question = with_named_days(question, bot);
                let found = self.retriever.find(scope, &question).await?;
                if found.is_sufficient(bot) {
                    let earlier = recent(earlier, EARLIER_TOKENS);
                    generate::answer(gateway, &found, bot, top_k, earlier).await
                } else {
                    abstain(&found, bot)
                }
            }
        })
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
        let events = match &self.writer {
            Writer::Extractive => stream::whole(self.quote(scope, bot, question, top_k).await?),
            Writer::Generative(gateway) => {
                let question = with_named_days(question, bot);
                let found = self.retriever.find(scope, &question).await?;
                if found.is_sufficient(bot) {
                    stream::generated(Gateway::clone(gateway), found, bot.clone(), top_k)
                } else {
                    stream::whole(abstain(&found, bot))
                }
            }
        };
        let measured = events.inspect(move |event| {
            if let Event::Done(answer) = event {
                measure::answered(answer.answered, begun.elapsed());
            }
        });
        Ok(measured.boxed())
    }

    /// Quotes what answers each part of `question`.
    async fn quote(
        &self,
        scope: &TenantScope,
        bot: &BotSettings,
        question: &str,
        top_k: usize,
    ) -> Result<Answer, Error> {
        let parts = part::split(question);
        let mut answers = Vec::with_capacity(parts.len());
        for part in &parts {
            let found = self
                .retriever
                .find(scope, &with_named_days(part, bot))
                .await?;
            answers.push(extract::answer(&found, bot, top_k));
        }
        Ok(match answers.len() {
            1 => answers.remove(0),
            _ => part::together(&parts, answers),
        })
    }
}

impl Found {
    fn is_sufficient(&self, bot: &BotSettings) -> bool {
        !self.ranking.passages.is_empty() && extract::is_sufficient(self, bot)
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
        let document = self.documents.get(index)?;
        Some(Citation {
            document_id: passage.document,
            title: document.title.clone(),
            source_url: document.source_url.clone(),
            page: passage.page,
            chunk_id: passage.id,
            quote,
        })
    }
}

/// The question with today and tomorrow called by their names, where the tenant is; a zone nobody knows is UTC.
pub(super) fn with_named_days(question: &str, bot: &BotSettings) -> String {
    let zone: Tz = bot.timezone.parse().unwrap_or(Tz::UTC);
    let today = Utc::now().with_timezone(&zone).weekday();
    weekday::named(question, language::detect(question), today)
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
