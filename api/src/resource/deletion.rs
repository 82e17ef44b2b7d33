//! Waiting for a deletion, so that "gone" is only said when it is true.

use std::time::Duration;

use poem_openapi::{ApiResponse, payload::Json};
use tokio::time::timeout;
use wafaa_domain::{JobId, JobState, TenantScope};
use wafaa_storage::{Error as StorageError, ledger};

use crate::{
    error::{Error, Result},
    resource::job::{Job, settled},
    state::State,
};

/// How long a deletion is waited for before it is answered as going on.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(ApiResponse)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and moved straight into its answer"
)]
pub(super) enum Deleted {
    /// It is gone everywhere
    #[oai(status = 204)]
    Gone,
    /// It is out of every answer and listing; this job is still erasing what is left
    #[oai(status = 202)]
    Going(Json<Job>),
}

/// Waits for the job that erases something.
pub(super) async fn erased(state: &State, scope: &TenantScope, job: JobId) -> Result<Deleted> {
    // In time or not, its row says how it stands.
    let _ = timeout(PATIENCE, settled(state, scope, job)).await;
    let tx = state.db().read(*scope).await?;
    match ledger::get(&tx, job).await {
        Ok(job) if job.state == JobState::Succeeded => Ok(Deleted::Gone),
        Ok(job) => Ok(Deleted::Going(Json(job.into()))),
        // Purged already.
        Err(StorageError::NotFound) => Ok(Deleted::Gone),
        Err(other) => Err(Error::from(other)),
    }
}
