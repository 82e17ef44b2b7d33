//! An evaluation's way from the first question to the figures.

use sea_orm::Value as Bound;
use serde_json::Value;
use wafaa_domain::{EvaluationId, EvaluationState, Failure, JobId, TenantScope, Trigger};

use super::{Evaluation, get};
use crate::{Error, Result, Tx, time::now};

/// What an evaluation tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// [`crate::document::stamp`].
    pub knowledge: String,
    /// The version of the bot's settings.
    pub bot_version: i32,
    /// The bot's confidence threshold, in thousandths.
    pub threshold: i32,
}

/// Adds an evaluation of the golden questions as they are now. `id` is chosen by the caller, who has enqueued the
/// job for it in the same transaction.
///
/// # Errors
/// When the database can't be written.
pub async fn start(
    tx: &Tx<TenantScope>,
    id: EvaluationId,
    job: JobId,
    trigger: Trigger,
) -> Result<Evaluation> {
    tx.execute(
        "INSERT INTO evaluations (tenant_id, id, job_id, state, cause, knowledge, bot_version, threshold, \
         questions, created_at) \
         VALUES ($1, $2, $3, 'queued', $4, '', 0, 0, \
         (SELECT COUNT(*) FROM golden_questions WHERE tenant_id = $1), $5)",
        [
            tx.tenant().uuid().into(),
            id.uuid().into(),
            job.uuid().into(),
            trigger.as_str().into(),
            now(tx).into(),
        ],
    )
    .await?;
    tx.execute(
        "INSERT INTO evaluation_results (tenant_id, evaluation_id, question_id, question, language, documents, \
         phrases, unanswerable, answered, confidence, tokens) \
         SELECT tenant_id, $2, id, question, language, documents, phrases, unanswerable, FALSE, 0, 0 \
         FROM golden_questions WHERE tenant_id = $1",
        [tx.tenant().uuid().into(), id.uuid().into()],
    )
    .await?;
    get(tx, id).await
}

/// Its questions are being tried from here on, for the first time or again after it had ended badly. What is tried
/// is kept from the first time.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is finished.
pub async fn begin(tx: &Tx<TenantScope>, id: EvaluationId, tried: &Tried) -> Result<Evaluation> {
    let changes = "state = 'running', error = NULL, finished_at = NULL, \
        knowledge = CASE WHEN started_at IS NULL THEN $3 ELSE knowledge END, \
        bot_version = CASE WHEN started_at IS NULL THEN $4 ELSE bot_version END, \
        threshold = CASE WHEN started_at IS NULL THEN $5 ELSE threshold END, \
        started_at = COALESCE(started_at, $6)";
    let values = [
        tried.knowledge.clone().into(),
        tried.bot_version.into(),
        tried.threshold.into(),
        now(tx).into(),
    ];
    change(tx, id, changes, values).await?;
    get(tx, id).await
}

/// All questions were tried.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is finished already.
pub async fn finish(tx: &Tx<TenantScope>, id: EvaluationId, summary: &Value) -> Result<()> {
    let changes = "state = 'finished', summary = $3, finished_at = $4";
    let values = [summary.to_string().into(), now(tx).into()];
    change(tx, id, changes, values).await
}

/// It has come to a bad end: called off, or for this reason.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is finished.
pub async fn end(tx: &Tx<TenantScope>, id: EvaluationId, reason: Option<&Failure>) -> Result<()> {
    let state = reason.map_or(EvaluationState::Cancelled, |_| EvaluationState::Failed);
    let error = reason.map(serde_json::to_string).transpose();
    let error = error.map_err(|error| Error::corrupt("failure", error))?;
    let changes = "state = $3, error = $4, finished_at = $5";
    let values = [state.as_str().into(), error.into(), now(tx).into()];
    change(tx, id, changes, values).await
}

/// Forgets all but the newest `keep` of those that have come to an end.
///
/// # Errors
/// When the database can't be written.
pub async fn forget(tx: &Tx<TenantScope>, keep: u64) -> Result<u64> {
    let sql = format!(
        "DELETE FROM evaluations WHERE tenant_id = $1 AND finished_at IS NOT NULL AND id NOT IN \
         (SELECT e.id FROM evaluations e WHERE e.tenant_id = $1 AND e.finished_at IS NOT NULL \
         ORDER BY e.id DESC LIMIT {keep})"
    );
    let gone = tx.execute(&sql, [tx.tenant().uuid().into()]).await?;
    Ok(gone.rows_affected())
}

/// Makes `changes`, whose parameters begin with `$3`, to an evaluation that isn't finished.
async fn change<const N: usize>(
    tx: &Tx<TenantScope>,
    id: EvaluationId,
    changes: &str,
    values: [Bound; N],
) -> Result<()> {
    let sql = format!(
        "UPDATE evaluations SET {changes} WHERE tenant_id = $1 AND id = $2 AND state <> 'finished'"
    );
    let key: [Bound; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let changed = tx.execute(&sql, key.into_iter().chain(values)).await?;
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    get(tx, id).await?;
    Err(Error::Stale)
}
