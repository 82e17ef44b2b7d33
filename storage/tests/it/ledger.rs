//! The ledger's conformance suite: what any database must do for jobs.

mod barrier;
mod control;
mod dispatch;
mod enqueue;
mod health;
mod query;
mod run;
pub(crate) mod total;
mod upkeep;
mod walk;

use std::time::Duration;

use serde_json::json;
use wafaa_domain::{JobId, Lane, TenantScope};
use wafaa_storage::{
    Database, Result,
    ledger::{self, Claim, Dispatched, Expired, Heartbeat, Job, NewJob},
};

use crate::database::{read, system, write};

/// Long enough that nothing expires by itself in a test.
pub(crate) const LEASE: Duration = Duration::from_secs(600);

pub(crate) fn job() -> NewJob {
    NewJob {
        kind: "ingest",
        lane: Lane::Ingest,
        payload: json!({}),
        max_attempts: 3,
        priority: 0,
        dedupe_key: None,
        order_key: None,
        parent: None,
        run_at: None,
        trace_id: None,
    }
}

fn ordered(key: &str) -> NewJob {
    NewJob {
        order_key: Some(key.into()),
        ..job()
    }
}

pub(crate) async fn enqueue(db: &Database, scope: TenantScope, job: &NewJob) -> JobId {
    write(db, scope, async |tx| ledger::enqueue(tx, job).await)
        .await
        .unwrap()
}

pub(crate) async fn promote(db: &Database) -> u64 {
    write(db, system(), async |tx| ledger::promote(tx).await)
        .await
        .unwrap()
}

fn reference(dispatched: Dispatched) -> Claim {
    Claim {
        job: dispatched.job,
        dispatch: dispatched.dispatch,
    }
}

/// Promotes what is due and dispatches up to `free` jobs of the lane of [`job`].
pub(crate) async fn dispatch(db: &Database, free: u32) -> Vec<Claim> {
    write(db, system(), async |tx| {
        ledger::promote(tx).await?;
        let ready = ledger::ready(tx, &[Lane::Ingest]).await?;
        let ready = ready.get(&Lane::Ingest).map_or(&[][..], Vec::as_slice);
        let taking = ledger::dispatch(tx, Lane::Ingest, ready, free, |_| u32::MAX, None, LEASE);
        let (jobs, _) = taking.await?;
        Ok(jobs.into_iter().map(reference).collect())
    })
    .await
    .unwrap()
}

/// Dispatches the one job that there is to dispatch.
pub(crate) async fn dispatch_one(db: &Database) -> Claim {
    let dispatched = dispatch(db, 9).await;
    assert_eq!(dispatched.len(), 1, "{dispatched:?}");
    dispatched[0]
}

pub(crate) async fn claim(db: &Database, claim: Claim) -> Option<Job> {
    write(db, system(), async |tx| {
        ledger::claim(tx, &[claim], "worker", LEASE).await
    })
    .await
    .unwrap()
    .pop()
    .map(|(of, job)| {
        assert_eq!(of, claim);
        job
    })
}

/// What a worker hears of one of its runs.
pub(crate) async fn heartbeat(db: &Database, claim: Claim) -> Option<Heartbeat> {
    let told = write(db, system(), async |tx| {
        ledger::heartbeat(tx, &[claim], LEASE).await
    });
    told.await.unwrap().pop().map(|(of, heard)| {
        assert_eq!(of, claim);
        heard
    })
}

/// Dispatches and claims the one job that there is to run.
pub(crate) async fn start(db: &Database) -> Claim {
    let dispatched = dispatch_one(db).await;
    claim(db, dispatched).await.expect("nobody else has it");
    dispatched
}

async fn succeed(db: &Database, scope: TenantScope, claim: Claim) -> Result<()> {
    write(db, scope, async |tx| ledger::succeed(tx, claim).await).await
}

pub(crate) async fn look(db: &Database, id: JobId) -> Job {
    read(db, system(), async |tx| ledger::get_any(tx, id).await)
        .await
        .unwrap()
}

/// Lets the lease of every job run out.
pub(crate) async fn expire(db: &Database) -> Vec<Expired> {
    write(db, system(), async |tx| ledger::release_all(tx).await)
        .await
        .unwrap();
    expired(db).await
}

async fn expired(db: &Database) -> Vec<Expired> {
    read(db, system(), async |tx| ledger::expired(tx).await)
        .await
        .unwrap()
}

async fn release(db: &Database, scope: TenantScope, claim: Claim) -> Result<()> {
    write(db, scope, async |tx| ledger::release(tx, claim).await).await
}
