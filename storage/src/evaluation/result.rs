//! An evaluation's questions, and what trying each came to.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{EvaluationId, Expected, GoldenQuestionId, TenantScope, Verdict};

use crate::{Error, Page, Result, Tx, condition::Conditions, golden_question::expected, time::now};

/// Column list of [`Row`].
const COLUMNS: &str = "question_id, question, language, documents, phrases, unanswerable, verdict, answered, \
    confidence, place, document_cited, phrases_found, answer, citations, model, tokens";

/// A question as it was when the evaluation was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: GoldenQuestionId,
    /// The question.
    pub question: String,
    /// What a good answer is.
    pub expected: Expected,
    /// ISO 639-1, where somebody has said so.
    pub language: Option<String>,
}

/// What trying a question came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// In a word.
    pub verdict: Verdict,
    /// Whether it was answered.
    pub answered: bool,
    /// How sure the bot was, in thousandths.
    pub confidence: i32,
    /// The place of the first expected document among those found, from 1; none where it wasn't, or none is.
    pub place: Option<u32>,
    /// Whether the answer cites an expected document; none where none is expected.
    pub document_cited: Option<bool>,
    /// Whether the answer has all expected phrases; none where none is expected.
    pub phrases_found: Option<bool>,
    /// What was answered.
    pub answer: String,
    /// What it cites.
    pub citations: Value,
    /// What wrote it.
    pub model: String,
    /// What its provider charges for.
    pub tokens: u32,
}

/// A question that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedQuestion {
    /// The question.
    pub question: Question,
    /// What came of it.
    pub outcome: Outcome,
}

/// The next question that was not tried yet, if there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn untried(tx: &Tx<TenantScope>, evaluation: EvaluationId) -> Result<Option<Question>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM evaluation_results WHERE tenant_id = $1 AND evaluation_id = $2 \
         AND verdict IS NULL ORDER BY question_id LIMIT 1"
    );
    let key = [tx.tenant().uuid().into(), evaluation.uuid().into()];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.first().map(Row::question).transpose()
}

/// Keeps what trying a question came to; a second time changes nothing.
///
/// # Errors
/// [`Error::Stale`] when it was tried before, or there is no such question in the evaluation.
pub async fn note(
    tx: &Tx<TenantScope>,
    evaluation: EvaluationId,
    question: GoldenQuestionId,
    outcome: &Outcome,
) -> Result<()> {
    let changed = tx
        .execute(
            "UPDATE evaluation_results SET verdict = $4, answered = $5, confidence = $6, place = $7, \
             document_cited = $8, phrases_found = $9, answer = $10, citations = $11, model = $12, \
             tokens = $13, tried_at = $14 \
             WHERE tenant_id = $1 AND evaluation_id = $2 AND question_id = $3 AND verdict IS NULL",
            [
                tx.tenant().uuid().into(),
                evaluation.uuid().into(),
                question.uuid().into(),
                outcome.verdict.as_str().into(),
                outcome.answered.into(),
                outcome.confidence.into(),
                outcome.place.and_then(|place| i32::try_from(place).ok()).into(),
                outcome.document_cited.into(),
                outcome.phrases_found.into(),
                outcome.answer.clone().into(),
                outcome.citations.to_string().into(),
                outcome.model.clone().into(),
                i32::try_from(outcome.tokens).unwrap_or(i32::MAX).into(),
                now(tx).into(),
            ],
        )
        .await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

/// All questions of an evaluation that were tried.
///
/// # Errors
/// When the database can't be read.
pub async fn tried(tx: &Tx<TenantScope>, evaluation: EvaluationId) -> Result<Vec<TriedQuestion>> {
    // No tenant has more golden questions than fit a page of these.
    let page = results(tx, evaluation, None, None, u64::from(u32::MAX)).await?;
    Ok(page.rows)
}

/// The questions of an evaluation that were tried, oldest first, after `after`; all of them, or those that came to
/// one verdict.
///
/// # Errors
/// When the database can't be read.
pub async fn results(
    tx: &Tx<TenantScope>,
    evaluation: EvaluationId,
    verdict: Option<Verdict>,
    after: Option<GoldenQuestionId>,
    limit: u64,
) -> Result<Page<TriedQuestion>> {
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    conditions.add("evaluation_id =", evaluation.uuid());
    match verdict {
        Some(verdict) => conditions.add("verdict =", verdict.as_str()),
        None => conditions.add_sql("verdict IS NOT NULL".into()),
    }
    if let Some(after) = after {
        conditions.add("question_id >", after.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM evaluation_results WHERE {condition} ORDER BY question_id LIMIT {}",
        limit.saturating_add(1)
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let tried = rows.into_iter().map(TriedQuestion::try_from);
    Ok(Page::of(tried.collect::<Result<_>>()?, limit))
}

#[derive(FromQueryResult)]
struct Row {
    question_id: Uuid,
    question: String,
    language: Option<String>,
    documents: String,
    phrases: String,
    unanswerable: bool,
    verdict: Option<String>,
    answered: bool,
    confidence: i32,
    place: Option<i32>,
    document_cited: Option<bool>,
    phrases_found: Option<bool>,
    answer: Option<String>,
    citations: Option<String>,
    model: Option<String>,
    tokens: i32,
}

impl Row {
    fn question(&self) -> Result<Question> {
        Ok(Question {
            id: GoldenQuestionId::from_uuid(self.question_id),
            question: self.question.clone(),
            expected: expected(&self.documents, &self.phrases, self.unanswerable)?,
            language: self.language.clone(),
        })
    }
}

impl TryFrom<Row> for TriedQuestion {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let verdict = row.verdict.as_deref().unwrap_or_default().parse();
        let citations = serde_json::from_str(row.citations.as_deref().unwrap_or("[]"));
        Ok(Self {
            question: row.question()?,
            outcome: Outcome {
                verdict: verdict.map_err(|error| Error::corrupt("verdict", error))?,
                answered: row.answered,
                confidence: row.confidence,
                place: row.place.and_then(|place| u32::try_from(place).ok()),
                document_cited: row.document_cited,
                phrases_found: row.phrases_found,
                answer: row.answer.unwrap_or_default(),
                citations: citations.map_err(|error| Error::corrupt("citations", error))?,
                model: row.model.unwrap_or_default(),
                tokens: u32::try_from(row.tokens).unwrap_or(0),
            },
        })
    }
}
