//! Having the golden questions tried: by a person, or since the documents have changed.

use wafaa_domain::{EvaluationId, EvaluationState, TenantScope, Trigger};
use wafaa_storage::{
    Error as StorageError, Tx,
    evaluation::{self, Evaluation},
    golden_question, ledger,
};

use crate::kind::{Evaluate, enqueue};

/// Evaluations of a tenant that are kept once they have come to an end.
const KEPT: u64 = 100;

/// The golden questions are not tried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rows could not be changed; nothing has.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There are none.
    #[error("there are no golden questions yet")]
    NoQuestions,
    /// They are being tried already.
    #[error("an evaluation is under way already")]
    UnderWay,
}

/// Enqueues an evaluation of the golden questions as they are now. Commit, then wake the dispatcher.
///
/// # Errors
/// [`Error::NoQuestions`]; [`Error::UnderWay`]; or when the database can't be written.
pub async fn start(tx: &Tx<TenantScope>, trigger: Trigger) -> Result<Evaluation, Error> {
    if golden_question::count(tx).await? == 0 {
        return Err(Error::NoQuestions);
    }
    if is_under_way(tx).await? {
        return Err(Error::UnderWay);
    }
    evaluation::forget(tx, KEPT).await?;
    let id = EvaluationId::new();
    let job = enqueue(tx, &Evaluate { evaluation: id }).await?;
    Ok(evaluation::start(tx, id, job, trigger).await?)
}

/// Whether an evaluation has not come to its end, and has a job that will bring it there: one that came here with an
/// export has none.
async fn is_under_way(tx: &Tx<TenantScope>) -> Result<bool, StorageError> {
    for state in [EvaluationState::Queued, EvaluationState::Running] {
        let newest = evaluation::list(tx, Some(state), None, 1).await?;
        let Some(found) = newest.rows.first() else {
            continue;
        };
        match ledger::get(tx, found.job).await {
            Ok(job) if !job.state.is_final() => return Ok(true),
            Ok(_) | Err(StorageError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
