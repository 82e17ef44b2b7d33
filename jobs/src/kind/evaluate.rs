//! `evaluate`: try the golden questions one after the other, as customers would ask them.
//!
//! What must stay true: nobody waits for it. It rests as long as it works, gives its place up every few seconds, and
//! leaves the last of a day's chat model tokens to customers. Each question is its own small transaction, so a
//! killed run goes on with the next one. Answers neither come from those of late nor are kept with them.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use wafaa_domain::{
    BotSettings, EvaluationId, EvaluationState, Failure as Reason, Lane, TenantScope,
};
use wafaa_pipelines::{
    conversation::Rehearsal,
    evaluation::{Attempt, Summary, judge},
};
use wafaa_storage::{
    Error, Tx, bot, document,
    evaluation::{self, Evaluation, Outcome, Question, Tried, TriedQuestion},
};

use super::{Kind, missing, respond::TOP_K};
use crate::{Context, Done, Failure, runner::called_off, tokens::Tokens};

/// How long a run goes on before others have their turn.
const SLICE: Duration = Duration::from_secs(10);
/// The longest rest after a question.
const REST: Duration = Duration::from_secs(1);
/// The share of a day's chat model tokens, as a divisor, that is left to customers.
const LEFT_TO_CUSTOMERS: u32 = 4;
/// When to look again whether there are more.
const UNTIL_TOKENS: Duration = Duration::from_secs(600);

/// Tries the golden questions of one evaluation.
#[derive(Debug, Serialize, Deserialize)]
pub struct Evaluate {
    /// Which evaluation.
    pub evaluation: EvaluationId,
}

impl Kind for Evaluate {
    const KIND: &'static str = "evaluate";
    const LANE: Lane = Lane::Maintenance;
    const PRIORITY: i32 = -1;
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// One of a tenant at a time.
    fn order_key(&self) -> Option<String> {
        Some(Self::KIND.into())
    }

    fn parent(&self) -> Option<String> {
        Some(self.evaluation.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let bench = Bench::set_up(context, self.evaluation).await?;
        let begun = Instant::now();
        let mut tried = bench.evaluation.tried;
        while let Some(question) = self.next_question(context).await? {
            if begun.elapsed() >= SLICE {
                let all = bench.evaluation.questions;
                let so_far =
                    format!("{tried} of {all} questions are tried; others have their turn");
                return Err(Failure::Snooze(Duration::ZERO, so_far));
            }
            let asked = Instant::now();
            let outcome = bench.try_out(&question).await?;
            tried += 1;
            let tx = context.step(bench.percent(tried)).await?;
            evaluation::note(&tx, self.evaluation, question.id, &outcome).await?;
            tx.commit().await?;
            sleep(asked.elapsed().min(REST)).await;
        }
        let summary = bench.summary().await?;
        let tx = context.finish().await?;
        evaluation::finish(&tx, self.evaluation, &summary).await?;
        tx.commit().await
    }

    async fn ended(&self, tx: &Tx<TenantScope>, reason: &Reason) -> Result<(), Error> {
        let failure = (*reason != called_off()).then_some(reason);
        match evaluation::end(tx, self.evaluation, failure).await {
            Err(Error::Stale | Error::NotFound) => Ok(()),
            other => other,
        }
    }
}

impl Evaluate {
    async fn next_question(&self, context: &Context) -> Result<Option<Question>, Failure> {
        let tx = context.read().await?;
        let question = evaluation::untried(&tx, self.evaluation).await?;
        tx.commit().await?;
        Ok(question)
    }
}

/// What the questions are tried with.
struct Bench<'a> {
    context: &'a Context,
    evaluation: Evaluation,
    bot: BotSettings,
    /// None where answers are quoted.
    tokens: Option<Tokens<'a>>,
}

impl<'a> Bench<'a> {
    async fn set_up(context: &'a Context, id: EvaluationId) -> Result<Self, Failure> {
        let tx = context.read().await?;
        let mut found = evaluation::get(&tx, id).await.map_err(missing)?;
        let (bot, bot_version) = bot::get(&tx).await?;
        let knowledge = document::stamp(&tx).await?;
        tx.commit().await?;
        if found.state != EvaluationState::Running {
            let tried = Tried {
                knowledge,
                bot_version,
                threshold: thousandths(bot.confidence_threshold),
            };
            let tx = context.step(0).await?;
            found = evaluation::begin(&tx, id, &tried).await?;
            tx.commit().await?;
        }
        let tokens = if context.services().responder.is_generative() {
            Some(Tokens::of(context).await?)
        } else {
            None
        };
        Ok(Self {
            context,
            evaluation: found,
            bot,
            tokens,
        })
    }

    /// How far it is with so many questions tried; the figures are still to be made.
    fn percent(&self, tried: u64) -> i32 {
        let percent = 100 * tried / self.evaluation.questions.max(1);
        i32::try_from(percent.min(99)).unwrap_or(99)
    }

    async fn try_out(&self, question: &Question) -> Result<Outcome, Failure> {
        if let Some(tokens) = &self.tokens {
            let left = tokens.left().await;
            if !left.granted || left.remaining < left.limit / LEFT_TO_CUSTOMERS {
                return Err(Failure::Snooze(
                    UNTIL_TOKENS,
                    "the rest of the tenant's chat model tokens is left to customers".into(),
                ));
            }
        }
        let rehearsal = self
            .context
            .services()
            .responder
            .rehearse(self.context.scope(), &self.bot, &question.question, TOP_K)
            .await
            .map_err(Failure::retry)?;
        if let Some(tokens) = &self.tokens {
            tokens.charge(rehearsal.answer.usage).await;
        }
        Ok(outcome(question, rehearsal))
    }

    /// The figures of all questions.
    async fn summary(&self) -> Result<serde_json::Value, Failure> {
        let tx = self.context.read().await?;
        let all = evaluation::tried(&tx, self.evaluation.id).await?;
        let (_, bot_version) = bot::get(&tx).await?;
        let knowledge = document::stamp(&tx).await?;
        tx.commit().await?;
        let attempts: Vec<Attempt> = all.iter().map(attempt).collect();
        let changed =
            knowledge != self.evaluation.knowledge || bot_version != self.evaluation.bot_version;
        let summary = Summary::of(&attempts, self.evaluation.threshold, changed);
        serde_json::to_value(summary).map_err(|error| Failure::dead("internal", error.to_string()))
    }
}

fn outcome(question: &Question, rehearsal: Rehearsal) -> Outcome {
    let Rehearsal { answer, found } = rehearsal;
    let documents: Vec<_> = found.iter().map(|hit| hit.document_id).collect();
    let judged = judge(&question.expected, &documents, &answer);
    let usage = answer.usage;
    Outcome {
        verdict: judged.verdict,
        answered: answer.answered,
        confidence: thousandths(answer.confidence),
        place: judged.place.and_then(|place| u32::try_from(place).ok()),
        document_cited: judged.document_cited,
        phrases_found: judged.phrases_found,
        answer: answer.answer,
        citations: serde_json::json!(answer.citations),
        model: answer.model,
        tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
    }
}

fn attempt(tried: &TriedQuestion) -> Attempt {
    let TriedQuestion { question, outcome } = tried;
    let has_documents = !question.expected.documents().is_empty();
    Attempt {
        unanswerable: question.expected.is_unanswerable(),
        verdict: outcome.verdict,
        answered: outcome.answered,
        confidence: outcome.confidence,
        place: has_documents.then_some(outcome.place),
        model: outcome.model.clone(),
        tokens: outcome.tokens,
    }
}

/// A share in thousandths, rounded down: what misses a threshold by a hair must not seem to reach it.
fn thousandths(share: f32) -> i32 {
    (f64::from(share) * 1_000.0 + 1e-4).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down_and_exact_ones_kept() {
        let all = [0.0, 0.499_9, 0.5, 0.7, 0.001, 1.0].map(thousandths);
        assert_eq!(all, [0, 499, 500, 700, 1, 1_000]);
    }
}
