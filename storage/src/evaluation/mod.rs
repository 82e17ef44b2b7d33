//! Evaluations: all golden questions of a tenant tried once, against its documents and bot as they were then.
//!
//! Each keeps its own copy of the questions. What the figures mean is not known here: the summary is kept as it was
//! given.

mod change;
mod result;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{EvaluationId, EvaluationState, Failure, JobId, TenantScope, Trigger};

use crate::{Error, Page, Result, Tx, condition::Conditions};

pub use change::{Tried, begin, end, finish, forget, start};
pub use result::{Outcome, Question, TriedQuestion, note, results, tried, untried};

/// Column list of [`Row`].
const COLUMNS: &str = "id, job_id, state, cause, knowledge, bot_version, threshold, questions, summary, error, \
    created_at, started_at, finished_at, (SELECT COUNT(*) FROM evaluation_results r WHERE \
    r.tenant_id = evaluations.tenant_id AND r.evaluation_id = evaluations.id AND r.verdict IS NOT NULL) AS tried";

/// A run of all golden questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Its id.
    pub id: EvaluationId,
    /// The job that tries the questions.
    pub job: JobId,
    /// Where it stands.
    pub state: EvaluationState,
    /// What began it.
    pub trigger: Trigger,
    /// What it was tried against; empty as long as it is queued.
    pub knowledge: String,
    /// The version of the bot's settings; 0 as long as it is queued.
    pub bot_version: i32,
    /// The bot's confidence threshold, in thousandths.
    pub threshold: i32,
    /// How many questions there are.
    pub questions: u64,
    /// How many were tried.
    pub tried: u64,
    /// The figures, once all were.
    pub summary: Option<Value>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the first question was tried.
    pub started_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One of the tenant's.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: EvaluationId) -> Result<Evaluation> {
    let sql = format!("SELECT {COLUMNS} FROM evaluations WHERE tenant_id = $1 AND id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

/// The tenant's, newest first, before `before`; all of them, or those in one state.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    state: Option<EvaluationState>,
    before: Option<EvaluationId>,
    limit: u64,
) -> Result<Page<Evaluation>> {
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    if let Some(state) = state {
        conditions.add("state =", state.as_str());
    }
    if let Some(before) = before {
        conditions.add("id <", before.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM evaluations WHERE {condition} ORDER BY id DESC LIMIT {}",
        limit.saturating_add(1)
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let evaluations = rows.into_iter().map(Evaluation::try_from);
    Ok(Page::of(evaluations.collect::<Result<_>>()?, limit))
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    job_id: Uuid,
    state: String,
    cause: String,
    knowledge: String,
    bot_version: i32,
    threshold: i32,
    questions: i32,
    summary: Option<String>,
    error: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    tried: i64,
}

impl TryFrom<Row> for Evaluation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let state = row.state.parse();
        let trigger = row.cause.parse();
        let summary = row.summary.as_deref().map(serde_json::from_str);
        let error = row.error.as_deref().map(serde_json::from_str);
        Ok(Self {
            id: EvaluationId::from_uuid(row.id),
            job: JobId::from_uuid(row.job_id),
            state: state.map_err(|error| Error::corrupt("evaluation state", error))?,
            trigger: trigger.map_err(|error| Error::corrupt("trigger", error))?,
            knowledge: row.knowledge,
            bot_version: row.bot_version,
            threshold: row.threshold,
            questions: u64::try_from(row.questions).unwrap_or(0),
            tried: u64::try_from(row.tried).unwrap_or(0),
            summary: summary
                .transpose()
                .map_err(|error| Error::corrupt("summary", error))?,
            error: error
                .transpose()
                .map_err(|error| Error::corrupt("failure", error))?,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}
