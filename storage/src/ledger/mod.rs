//! The job ledger: the truth about every job is its row here; the transport only carries references.
//!
//! ```text
//! waiting ──due──▶ ready ──dispatch──▶ dispatched ──claim──▶ running ──▶ succeeded
//!    ▲                ▲ lease or dispatch expired ◀──────────────┤
//!    └─ backoff, snooze ◀────────────────────────────────────────┤──▶ dead · cancelled
//! ```
//!
//! Every change of state is one compare-and-set, at the time of [`Tx::now`]. What a worker commits is fenced on its [`Claim`]: once the
//! job was dispatched anew, nothing of the old run counts. Statements are written out because each must
//! name the state it starts from; `'ready'` and its kin are literals so that the partial indexes serve.

mod barrier;
mod control;
mod dispatch;
mod enqueue;
mod health;
mod query;
mod run;
mod stats;
mod total;
mod upkeep;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{JobId, JobState, Lane, TenantId};

use crate::{Error, Result, tenant::Class};

pub use barrier::{count_down, set_barrier};
pub use control::{Cancelled, cancel, cancel_of_parent, retry};
pub use dispatch::{Dispatched, Survey, dispatch, is_due, lead, promote, ready, survey};
pub use enqueue::{NewJob, enqueue, enqueue_all};
pub use health::{Health, health};
pub use query::{Filter, get, get_any, latest_of_parent, list, list_any};
pub use run::{
    Claim, Heartbeat, bury, cancelled, claim, heartbeat, reschedule, set_progress, snooze, succeed,
    succeed_all,
};
pub use stats::{LaneStats, Stat, Stats, stats, stats_any, stats_by_class};
pub use total::{fold, recount};
pub use upkeep::{Expired, expired, forfeit, purge, release, release_all};

/// Column list of [`Row`].
const COLUMNS: &str = "seq, id, tenant_id, kind, lane, payload, state, attempt, max_attempts, priority, \
    dedupe_key, order_key, parent, dispatch_id, worker, cancel_requested, progress, last_error, trace_id, run_at, lease_until, \
    created_at, started_at, finished_at, (SELECT demo FROM tenants WHERE tenants.id = jobs.tenant_id) AS demo";

/// A job as its row stands.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its place in the order of arrival; a pagination cursor.
    pub seq: i64,
    /// Its id.
    pub id: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What kind of tenant that is.
    pub class: Class,
    /// What it does.
    pub kind: String,
    /// Where it queues.
    pub lane: Lane,
    /// Ids of what it works on.
    pub payload: Value,
    /// Where it stands.
    pub state: JobState,
    /// Runs begun.
    pub attempt: i32,
    /// Runs allowed.
    pub max_attempts: i32,
    /// Higher goes first within a tenant and lane.
    pub priority: i32,
    /// What must not be enqueued twice.
    pub dedupe_key: Option<String>,
    /// Jobs with the same key run one after the other.
    pub order_key: Option<String>,
    /// The document, message or report it is for.
    pub parent: Option<String>,
    /// The worker that claimed it last.
    pub worker: Option<String>,
    /// Whether somebody has called it off.
    pub cancel_requested: bool,
    /// How far it is, in percent.
    pub progress: i32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
    /// When it is, or was, due.
    pub run_at: DateTime<Utc>,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When its last run began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    seq: i64,
    id: Uuid,
    tenant_id: Uuid,
    kind: String,
    lane: String,
    payload: String,
    state: String,
    attempt: i32,
    max_attempts: i32,
    priority: i32,
    dedupe_key: Option<String>,
    order_key: Option<String>,
    parent: Option<String>,
    worker: Option<String>,
    cancel_requested: bool,
    progress: i32,
    last_error: Option<String>,
    trace_id: Option<String>,
    run_at: i64,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    demo: bool,
}

impl TryFrom<Row> for Job {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            seq: row.seq,
            id: JobId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            class: Class::of(row.demo),
            kind: row.kind,
            lane: row
                .lane
                .parse()
                .map_err(|error| Error::corrupt("lane", error))?,
            payload: serde_json::from_str(&row.payload)
                .map_err(|error| Error::corrupt("payload", error))?,
            state: row
                .state
                .parse()
                .map_err(|error| Error::corrupt("job state", error))?,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            priority: row.priority,
            dedupe_key: row.dedupe_key,
            order_key: row.order_key,
            parent: row.parent,
            worker: row.worker,
            cancel_requested: row.cancel_requested,
            progress: row.progress,
            last_error: row.last_error,
            trace_id: row.trace_id,
            run_at: time(row.run_at),
            created_at: time(row.created_at),
            started_at: row.started_at.map(time),
            finished_at: row.finished_at.map(time),
        })
    }
}

fn jobs(rows: Vec<Row>) -> Result<Vec<Job>> {
    rows.into_iter().map(Job::try_from).collect()
}

fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}
