//! Steering jobs: trying again and calling off, one or many. For admins, and operators.

use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};
use wafaa_domain::{JobId, JobState, Role};
use wafaa_jobs::control;
use wafaa_storage::{Error as StorageError, ledger};

use super::{
    Tag, View,
    view::{Filter, Job},
};
use crate::{
    auth::{Auth, Caller},
    body::Body,
    error::Result,
    param::Id,
    state::State,
};

/// Jobs that one bulk request changes at most; the answer says whether there are more.
const BULK: u64 = 1_000;
/// Jobs read at once while doing so.
const STRIDE: u64 = 200;

#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "JobAction", rename_all = "snake_case")]
enum Action {
    /// Gives dead or cancelled jobs all their attempts again; without a state in the filter, dead ones.
    Retry,
    /// Calls off unfinished jobs.
    Cancel,
}

#[derive(Object)]
#[oai(rename = "JobBulk")]
struct Bulk {
    action: Action,
    filter: Option<Filter>,
}

/// What a bulk request came to.
#[derive(Object)]
#[oai(rename = "JobBulkResult")]
struct BulkResult {
    /// Jobs that were changed.
    changed: u64,
    /// Jobs that matched but could not be changed, since they had moved on.
    skipped: u64,
    /// Whether the same request again would find more.
    more: bool,
}

pub(crate) struct Control;

#[OpenApi(prefix_path = "/api/v1/jobs", tag = "Tag::Jobs")]
impl Control {
    /// Give a dead or cancelled job all its attempts again
    #[oai(path = "/:id/retry", method = "post", operation_id = "retry_job")]
    async fn retry(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<JobId>>,
    ) -> Result<Json<Job>> {
        let view = steering(&state, &auth, None).await?;
        let job = view.get(&state, id.0.0).await?;
        act(&state, &view, Action::Retry, &job).await?;
        Ok(Json(view.get(&state, job.id).await?.into()))
    }

    /// Call a job off
    ///
    /// A running one stops shortly after.
    #[oai(path = "/:id/cancel", method = "post", operation_id = "cancel_job")]
    async fn cancel(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<JobId>>,
    ) -> Result<Json<Job>> {
        let view = steering(&state, &auth, None).await?;
        let job = view.get(&state, id.0.0).await?;
        act(&state, &view, Action::Cancel, &job).await?;
        Ok(Json(view.get(&state, job.id).await?.into()))
    }

    /// Retry or cancel many jobs
    #[oai(path = "/bulk", method = "post", operation_id = "bulk_jobs")]
    async fn bulk(
        &self,
        state: Data<&State>,
        auth: Auth,
        body: Body<Bulk>,
    ) -> Result<Json<BulkResult>> {
        let Bulk { action, filter } = body.value;
        let tenant = filter.as_ref().and_then(|filter| filter.tenant.as_deref());
        let view = steering(&state, &auth, tenant).await?;
        let wanted = filter.map(|filter| filter.stored()).unwrap_or_default();
        let mut result = BulkResult {
            changed: 0,
            skipped: 0,
            more: false,
        };
        for job_state in states(action, wanted.state) {
            let filter = ledger::Filter {
                state: Some(*job_state),
                ..wanted.clone()
            };
            act_on_all(&state, &view, action, &filter, &mut result).await?;
        }
        Ok(Json(result))
    }
}

/// What the caller may steer.
async fn steering(state: &State, auth: &Auth, tenant: Option<&str>) -> Result<View> {
    let view = View::of(state, auth, tenant).await?;
    if let Caller::Member(_) = &auth.0 {
        auth.allowed(Role::Admin)?;
    }
    Ok(view)
}

/// The states an action applies to, within the one that was asked for.
fn states(action: Action, asked: Option<JobState>) -> &'static [JobState] {
    match (action, asked) {
        (Action::Retry, None | Some(JobState::Dead)) => &[JobState::Dead],
        (Action::Retry, Some(JobState::Cancelled)) => &[JobState::Cancelled],
        (Action::Cancel, None) => &[
            JobState::Waiting,
            JobState::Ready,
            JobState::Dispatched,
            JobState::Running,
        ],
        (Action::Cancel, Some(JobState::Waiting)) => &[JobState::Waiting],
        (Action::Cancel, Some(JobState::Ready)) => &[JobState::Ready],
        (Action::Cancel, Some(JobState::Dispatched)) => &[JobState::Dispatched],
        (Action::Cancel, Some(JobState::Running)) => &[JobState::Running],
        (Action::Retry | Action::Cancel, Some(_)) => &[],
    }
}

async fn act_on_all(
    state: &State,
    view: &View,
    action: Action,
    filter: &ledger::Filter,
    result: &mut BulkResult,
) -> Result<()> {
    let mut before = None;
    loop {
        let page = view.list(state, filter, before, STRIDE).await?;
        before = page.rows.last().map(|job| job.seq);
        for job in &page.rows {
            if result.changed + result.skipped == BULK {
                result.more = true;
                return Ok(());
            }
            if act(state, view, action, job).await.is_ok() {
                result.changed += 1;
            } else {
                result.skipped += 1;
            }
        }
        if !page.more {
            return Ok(());
        }
    }
}

async fn act(
    state: &State,
    view: &View,
    action: Action,
    job: &ledger::Job,
) -> Result<(), StorageError> {
    let scope = view.scope_of(job);
    match action {
        Action::Retry => control::retry(state.db(), state.jobs(), &scope, job.id)
            .await
            .map(drop),
        Action::Cancel => control::cancel(state.db(), state.jobs(), &scope, job.id).await,
    }
}
