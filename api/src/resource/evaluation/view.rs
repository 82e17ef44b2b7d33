//! How evaluations and their results are shown.

use poem_openapi::{Enum, Object};
use wafaa_domain as domain;
use wafaa_pipelines::{conversation, evaluation as figures};
use wafaa_storage::evaluation::{self, TriedQuestion};

use crate::resource::{ask::Citation, mirror::mirrored, rounded, time};

mirrored! {
    /// Where an evaluation stands.
    State as "EvaluationState" of domain::EvaluationState:
    /// Its first question has not been tried.
    Queued,
    /// Questions are being tried.
    Running,
    /// All have been tried.
    Finished,
    /// Given up.
    Failed,
    /// Called off.
    Cancelled,
}

mirrored! {
    /// What began an evaluation.
    Trigger as "EvaluationTrigger" of domain::Trigger:
    /// Somebody asked for it.
    Request,
    /// The documents that answer have changed.
    Change,
}

mirrored! {
    /// What trying a golden question came to.
    Verdict as "Verdict" of domain::Verdict:
    /// Answered as expected.
    Correct,
    /// Not answered, and nothing else was expected.
    Abstained,
    /// Answered, but without what was expected.
    Wrong,
    /// Not answered, though the documents should.
    Missed,
    /// Answered, though the documents don't say it.
    FalseAnswer,
}

/// All golden questions, tried once.
#[derive(Object)]
pub(super) struct Evaluation {
    id: String,
    /// The job that tries the questions.
    job_id: String,
    state: State,
    trigger: Trigger,
    /// What it was tried against: two evaluations with the same text had the same documents.
    knowledge: Option<String>,
    /// The version of the bot's settings that it was tried with.
    bot_version: Option<i32>,
    /// The bot's confidence threshold then.
    confidence_threshold: Option<f64>,
    /// How many questions there are.
    questions: u64,
    /// How many were tried.
    tried: u64,
    /// The figures, once all were.
    summary: Option<Summary>,
    /// Why it failed.
    error: Option<String>,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
}

/// The figures of an evaluation. Shares lie between 0 and 1, and are null where there is nothing to have a share in.
#[derive(Object)]
#[oai(rename = "EvaluationSummary")]
struct Summary {
    questions: u32,
    /// Questions that the documents answer.
    answerable: u32,
    /// Questions that passed: `correct` and `abstained`.
    passed: u32,
    verdicts: Verdicts,
    /// Of questions with expected documents: the share whose first document found is one of them.
    r1: Option<f64>,
    /// That have one among the first five.
    r5: Option<f64>,
    /// 1 ÷ the place of the first of them, on average.
    mrr: Option<f64>,
    /// Of answerable questions: the share that was answered, rightly or not.
    answered_share: Option<f64>,
    /// Of unanswerable questions: the share that was answered all the same.
    false_answer_share: Option<f64>,
    /// The probability that an answerable question gets more confidence than an unanswerable one; null unless there
    /// are both.
    auroc: Option<f64>,
    /// What each confidence threshold would do, lowest first.
    thresholds: Vec<Threshold>,
    /// What wrote the answers, most first.
    writers: Vec<Writer>,
    /// Chat model tokens that it took.
    tokens: u64,
    /// Whether the documents or the bot's settings changed meanwhile: then the figures are of no one version.
    changed_meanwhile: bool,
}

/// How many questions came to each verdict.
#[derive(Object)]
struct Verdicts {
    correct: u32,
    abstained: u32,
    wrong: u32,
    missed: u32,
    false_answer: u32,
}

/// What a confidence threshold would do.
#[derive(Object)]
#[oai(rename = "ThresholdEffect")]
struct Threshold {
    threshold: f64,
    /// Of answerable questions: the share that would be answered.
    answered_share: Option<f64>,
    /// Of unanswerable questions: the share that would be answered all the same.
    false_answer_share: Option<f64>,
}

/// What wrote answers, and how many.
#[derive(Object)]
#[oai(rename = "AnswerWriter")]
struct Writer {
    /// A chat model's name, or `extractive`.
    model: String,
    answers: u32,
}

/// A golden question that was tried, as it was then.
#[derive(Object)]
#[oai(rename = "EvaluationResult")]
pub(super) struct Tried {
    question_id: String,
    question: String,
    expected_documents: Vec<String>,
    expected_phrases: Vec<String>,
    unanswerable: bool,
    language: Option<String>,
    verdict: Verdict,
    answered: bool,
    /// 0 to 1.
    confidence: f64,
    /// The place of the first expected document among those found, from 1; null where it wasn't found, or none is
    /// expected.
    rank: Option<u32>,
    /// Whether the answer cites an expected document; null where none is expected.
    document_cited: Option<bool>,
    /// Whether the answer has all expected phrases; null where none is expected.
    phrases_found: Option<bool>,
    answer: String,
    citations: Vec<Citation>,
    /// The model that wrote it, or `extractive`.
    model: String,
    tokens: u32,
}

impl From<evaluation::Evaluation> for Evaluation {
    fn from(found: evaluation::Evaluation) -> Self {
        let begun = found.started_at.is_some();
        // One of another version, which has other figures, is not shown.
        let summary = found
            .summary
            .and_then(|summary| serde_json::from_value::<figures::Summary>(summary).ok());
        Self {
            id: found.id.to_string(),
            job_id: found.job.to_string(),
            state: found.state.into(),
            trigger: found.trigger.into(),
            knowledge: begun.then_some(found.knowledge),
            bot_version: begun.then_some(found.bot_version),
            confidence_threshold: begun.then(|| thousandths(found.threshold)),
            questions: found.questions,
            tried: found.tried,
            summary: summary.map(Summary::from),
            error: found.error.map(|error| error.message),
            created_at: time(found.created_at),
            started_at: found.started_at.map(time),
            finished_at: found.finished_at.map(time),
        }
    }
}

impl From<figures::Summary> for Summary {
    fn from(summary: figures::Summary) -> Self {
        let came_to = |verdict: domain::Verdict| {
            let count = summary.verdicts.get(verdict.as_str());
            count.copied().unwrap_or_default()
        };
        let verdicts = Verdicts {
            correct: came_to(domain::Verdict::Correct),
            abstained: came_to(domain::Verdict::Abstained),
            wrong: came_to(domain::Verdict::Wrong),
            missed: came_to(domain::Verdict::Missed),
            false_answer: came_to(domain::Verdict::FalseAnswer),
        };
        let threshold = |it: figures::Threshold| Threshold {
            threshold: it.threshold,
            answered_share: share(it.answered_share),
            false_answer_share: share(it.false_answer_share),
        };
        let writer = |it: figures::Writer| Writer {
            model: it.model,
            answers: it.answers,
        };
        Self {
            questions: summary.questions,
            answerable: summary.answerable,
            passed: summary.passed,
            verdicts,
            r1: share(summary.r1),
            r5: share(summary.r5),
            mrr: share(summary.mrr),
            answered_share: share(summary.answered_share),
            false_answer_share: share(summary.false_answer_share),
            auroc: share(summary.auroc),
            thresholds: summary.thresholds.into_iter().map(threshold).collect(),
            writers: summary.writers.into_iter().map(writer).collect(),
            tokens: summary.tokens,
            changed_meanwhile: summary.changed_meanwhile,
        }
    }
}

impl From<TriedQuestion> for Tried {
    fn from(tried: TriedQuestion) -> Self {
        let TriedQuestion { question, outcome } = tried;
        let documents = question.expected.documents().iter();
        let citations = serde_json::from_value::<Vec<conversation::Citation>>(outcome.citations);
        Self {
            question_id: question.id.to_string(),
            expected_documents: documents.map(ToString::to_string).collect(),
            expected_phrases: question.expected.phrases().to_vec(),
            unanswerable: question.expected.is_unanswerable(),
            question: question.question,
            language: question.language,
            verdict: outcome.verdict.into(),
            answered: outcome.answered,
            confidence: thousandths(outcome.confidence),
            rank: outcome.place,
            document_cited: outcome.document_cited,
            phrases_found: outcome.phrases_found,
            answer: outcome.answer,
            // Of another version, whose citations look different.
            citations: citations
                .unwrap_or_default()
                .into_iter()
                .map(Citation::of)
                .collect(),
            model: outcome.model,
            tokens: outcome.tokens,
        }
    }
}

fn share(share: Option<f64>) -> Option<f64> {
    share.map(|share| rounded(share as f32))
}

fn thousandths(number: i32) -> f64 {
    f64::from(number) / 1_000.0
}
