//! `/api/v1/jobs`: the work behind it all. Tenants see and steer their own jobs, operators all.

mod control;
mod events;
mod stats;
mod view;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use wafaa_domain::{Actor, JobId, Role, SystemScope, TenantId, TenantScope};
use wafaa_storage::{Error as StorageError, Page, ledger, tenant};

use super::Tag;
use crate::{
    auth::{Auth, Caller, Member},
    error::{Error, Result},
    page::{self, List},
    param::Id,
    state::State,
    stream::Events,
};

pub(super) use control::Control;
pub(super) use events::settled;
pub(super) use view::Job;
pub(crate) use view::JobEvent;
use view::{Filter, Lane, State as JobState};

pub(crate) struct Jobs;

#[OpenApi(prefix_path = "/api/v1/jobs", tag = "Tag::Jobs")]
impl Jobs {
    /// List jobs, newest first
    #[oai(path = "/", method = "get", operation_id = "list_jobs")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a query parameter of the contract"
    )]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "state")] in_state: Query<Option<JobState>>,
        kind: Query<Option<String>>,
        lane: Query<Option<Lane>>,
        /// The document, message or report the jobs are for.
        parent: Query<Option<String>>,
        /// For operators: one tenant's id or slug.
        tenant: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Job>>> {
        let filter = Filter {
            state: in_state.0,
            kind: kind.0,
            lane: lane.0,
            parent: parent.0,
            tenant: tenant.0,
        };
        let view = View::of(&state, &auth, filter.tenant.as_deref()).await?;
        let before = page::place(cursor.0.as_ref())?;
        let page = view
            .list(&state, &filter.stored(), before, page::limit(limit.0))
            .await?;
        Ok(Json(List::of(page, |job| job.seq, Job::from)))
    }

    /// Count jobs by lane, kind and state, and see how lanes keep up
    #[oai(path = "/stats", method = "get", operation_id = "job_stats")]
    async fn stats(
        &self,
        state: Data<&State>,
        auth: Auth,
        /// For operators: one tenant's id or slug.
        tenant: Query<Option<String>>,
    ) -> Result<Json<stats::Stats>> {
        let view = View::of(&state, &auth, tenant.0.as_deref()).await?;
        Ok(Json(view.stats(&state).await?.into()))
    }

    /// Follow jobs
    ///
    /// Server-sent events called `job`, from now on: a tenant's own, or all for operators.
    #[oai(path = "/events", method = "get", operation_id = "follow_jobs")]
    async fn events(
        &self,
        state: Data<&State>,
        auth: Auth,
        /// For operators: one tenant's id or slug.
        tenant: Query<Option<String>>,
    ) -> Result<Events<JobEvent>> {
        let view = View::of(&state, &auth, tenant.0.as_deref()).await?;
        Ok(events::of(&state, view.tenant()))
    }

    /// Look at a job
    #[oai(path = "/:id", method = "get", operation_id = "get_job")]
    async fn get(&self, state: Data<&State>, auth: Auth, id: Path<Id<JobId>>) -> Result<Json<Job>> {
        let view = View::of(&state, &auth, None).await?;
        Ok(Json(view.get(&state, id.0.0).await?.into()))
    }
}

/// Whose jobs a caller sees.
enum View {
    Own(TenantScope),
    /// An operator's: those of one tenant, or all.
    Any(Actor, Option<TenantId>),
}

impl View {
    /// What the caller may look at, narrowed to the tenant with this id or slug.
    async fn of(state: &State, auth: &Auth, tenant: Option<&str>) -> Result<Self> {
        match &auth.0 {
            Caller::Member(member) if !is_own(member, tenant) => Err(Error::NotFound),
            Caller::Member(_) => Ok(Self::Own(*auth.allowed(Role::Viewer)?)),
            Caller::Operator(operator) => {
                let tenant = match tenant {
                    Some(name) => Some(named(state, name).await?),
                    None => None,
                };
                Ok(Self::Any(Actor::Member(operator.id), tenant))
            }
        }
    }

    const fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Own(scope) => Some(scope.tenant()),
            Self::Any(_, tenant) => *tenant,
        }
    }

    async fn get(&self, state: &State, id: JobId) -> Result<ledger::Job> {
        match self {
            Self::Own(scope) => {
                let tx = state.db().read(*scope).await?;
                Ok(ledger::get(&tx, id).await?)
            }
            Self::Any(..) => {
                let tx = state
                    .db()
                    .read(SystemScope::new("an operator looks at a job"))
                    .await?;
                Ok(ledger::get_any(&tx, id).await?)
            }
        }
    }

    async fn list(
        &self,
        state: &State,
        filter: &ledger::Filter,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Page<ledger::Job>> {
        match self {
            Self::Own(scope) => {
                let tx = state.db().read(*scope).await?;
                Ok(ledger::list(&tx, filter, before, limit).await?)
            }
            Self::Any(_, tenant) => {
                let tx = state
                    .db()
                    .read(SystemScope::new("an operator lists jobs"))
                    .await?;
                Ok(ledger::list_any(&tx, *tenant, filter, before, limit).await?)
            }
        }
    }

    async fn stats(&self, state: &State) -> Result<ledger::Stats> {
        match self {
            Self::Own(scope) => {
                let tx = state.db().read(*scope).await?;
                Ok(ledger::stats(&tx).await?)
            }
            Self::Any(_, tenant) => {
                let tx = state
                    .db()
                    .read(SystemScope::new("an operator counts jobs"))
                    .await?;
                Ok(ledger::stats_any(&tx, *tenant).await?)
            }
        }
    }

    /// The scope to act on a job in.
    fn scope_of(&self, job: &ledger::Job) -> TenantScope {
        match self {
            Self::Own(scope) => *scope,
            Self::Any(actor, _) => {
                let system = SystemScope::new("an operator steers a job");
                TenantScope::of_system(&system, job.tenant, *actor)
            }
        }
    }
}

/// Whether a member asks for their own tenant's jobs. Of another tenant they may not even learn that it exists.
fn is_own(member: &Member, tenant: Option<&str>) -> bool {
    tenant.is_none_or(|name| {
        name == member.tenant.slug.as_str() || name == member.tenant.id.to_string()
    })
}

async fn named(state: &State, name: &str) -> Result<TenantId> {
    let tx = state
        .db()
        .read(SystemScope::new("an operator names a tenant"))
        .await?;
    if let Ok(id) = name.parse::<TenantId>() {
        return Ok(tenant::get(&tx, id).await?.id);
    }
    let slug = name
        .parse()
        .map_err(|_| Error::Storage(StorageError::NotFound))?;
    Ok(tenant::by_slug(&tx, &slug).await?.id)
}
