//! Adding jobs, inside the transaction of the business change that calls for them: the row is the outbox.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value as Bound, entity::prelude::Uuid};
use serde_json::Value;
use wafaa_domain::{JobId, Lane, TenantScope};

use crate::{Error, Result, Tx};

/// A job to add.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What it does; a permanent name.
    pub kind: &'static str,
    /// Where it queues.
    pub lane: Lane,
    /// Ids of what it works on; nothing else.
    pub payload: Value,
    /// Runs allowed before it is dead.
    pub max_attempts: i32,
    /// Higher goes first within a tenant and lane.
    pub priority: i32,
    /// A second job of the tenant with this key is not added.
    pub dedupe_key: Option<String>,
    /// Jobs of the tenant with the same key run one after the other, in order of arrival.
    pub order_key: Option<String>,
    /// The document, message or report it is for.
    pub parent: Option<String>,
    /// When it is due; now when `None`.
    pub run_at: Option<DateTime<Utc>>,
    /// The trace it continues.
    pub trace_id: Option<String>,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// Adds a job, unless one with its dedupe key is there already; answers the id of the one that is there now.
///
/// Commit, then wake the dispatcher.
///
/// # Errors
/// When the database can't be written.
pub async fn enqueue(tx: &Tx<TenantScope>, job: &NewJob) -> Result<JobId> {
    let added = insert(tx, std::slice::from_ref(job)).await?;
    if let Some(added) = added.first() {
        return Ok(JobId::from_uuid(added.id));
    }
    let there: Vec<Id> = tx
        .rows(
            "SELECT id FROM jobs WHERE tenant_id = $1 AND dedupe_key = $2",
            [tx.tenant().uuid().into(), job.dedupe_key.clone().into()],
        )
        .await?;
    there
        .first()
        .map(|row| JobId::from_uuid(row.id))
        .ok_or(Error::Stale)
}

/// Adds a few jobs by one statement, but those whose dedupe key is there already.
///
/// # Errors
/// When the database can't be written.
pub async fn enqueue_all(tx: &Tx<TenantScope>, jobs: &[NewJob]) -> Result<()> {
    if !jobs.is_empty() {
        insert(tx, jobs).await?;
    }
    Ok(())
}

async fn insert(tx: &Tx<TenantScope>, jobs: &[NewJob]) -> Result<Vec<Id>> {
    const COLUMNS: usize = 14;
    let row = |at: usize| {
        let at = |column: usize| format!("${}", at * COLUMNS + column);
        let columns: Vec<String> = (1..=COLUMNS).map(at).collect();
        format!("({}, 0, FALSE, 0)", columns.join(", "))
    };
    let rows: Vec<String> = (0..jobs.len()).map(row).collect();
    let sql = format!(
        "INSERT INTO jobs (id, tenant_id, kind, lane, payload, state, max_attempts, priority, dedupe_key, \
         order_key, parent, trace_id, run_at, created_at, attempt, cancel_requested, progress) VALUES {} \
         ON CONFLICT (tenant_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING RETURNING id",
        rows.join(", ")
    );
    let values = jobs.iter().flat_map(|job| columns(tx, job));
    Ok(tx.rows(&sql, values).await?)
}

fn columns(tx: &Tx<TenantScope>, job: &NewJob) -> [Bound; 14] {
    let created_at = tx.now();
    let run_at = job.run_at.map_or(created_at, |at| at.timestamp_millis());
    // An ordered job becomes ready when it is the first of its key; the dispatcher looks.
    let state = if job.order_key.is_none() && run_at <= created_at {
        "ready"
    } else {
        "waiting"
    };
    [
        JobId::new().uuid().into(),
        tx.tenant().uuid().into(),
        job.kind.into(),
        job.lane.as_str().into(),
        job.payload.to_string().into(),
        state.into(),
        job.max_attempts.into(),
        job.priority.into(),
        job.dedupe_key.clone().into(),
        job.order_key.clone().into(),
        job.parent.clone().into(),
        job.trace_id.clone().into(),
        run_at.into(),
        created_at.into(),
    ]
}
