//! `wafaa jobs`: look at and steer the ledger of all tenants.

use serde::Serialize;
use wafaa_domain::{Actor, JobId, Slug, SystemScope, TenantScope};
use wafaa_jobs::{Handle, control, kind};
use wafaa_storage::{
    Database,
    ledger::{self, Filter, Job},
    tenant,
};

use crate::{
    cli::{Jobs as Command, Output},
    config::Config,
    runtime,
};

#[derive(Serialize)]
struct Row {
    id: String,
    tenant_id: String,
    kind: String,
    lane: String,
    state: String,
    attempt: i32,
    max_attempts: i32,
    run_at: String,
    parent: Option<String>,
    last_error: Option<String>,
}

pub(super) async fn run(config: Config, command: Command, output: Output) -> anyhow::Result<()> {
    let db = runtime::database(&config).await?;
    match command {
        Command::List {
            state,
            kind,
            lane,
            tenant,
            limit,
        } => {
            let filter = Filter {
                state,
                kind,
                lane,
                parent: None,
            };
            list(&db, tenant.as_ref(), &filter, limit, output).await
        }
        Command::Retry { ids } => {
            let handle = Handle::without_workers(kind::all(), None);
            for id in ids {
                control::retry(&db, &handle, &scope(&db, id).await?, id).await?;
                println!("{id} will run again");
            }
            Ok(())
        }
        Command::Cancel { ids } => {
            let handle = Handle::without_workers(kind::all(), None);
            for id in ids {
                control::cancel(&db, &handle, &scope(&db, id).await?, id).await?;
                println!("{id} is called off");
            }
            Ok(())
        }
    }
}

async fn list(
    db: &Database,
    slug: Option<&Slug>,
    filter: &Filter,
    limit: u64,
    output: Output,
) -> anyhow::Result<()> {
    let tx = db
        .read(SystemScope::new("list jobs on the command line"))
        .await?;
    let tenant = match slug {
        Some(slug) => Some(tenant::by_slug(&tx, slug).await?.id),
        None => None,
    };
    let page = ledger::list_any(&tx, tenant, filter, None, limit).await?;
    let rows: Vec<Row> = page.rows.into_iter().map(row).collect();
    super::print(
        output,
        &rows,
        &["ID", "KIND", "STATE", "ATTEMPT", "PARENT", "ERROR"],
        |row| {
            vec![
                row.id.clone(),
                row.kind.clone(),
                row.state.clone(),
                format!("{}/{}", row.attempt, row.max_attempts),
                row.parent.clone().unwrap_or_default(),
                row.last_error.clone().unwrap_or_default(),
            ]
        },
    )
}

fn row(job: Job) -> Row {
    Row {
        id: job.id.to_string(),
        tenant_id: job.tenant.to_string(),
        kind: job.kind,
        lane: job.lane.to_string(),
        state: job.state.to_string(),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        run_at: job.run_at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        parent: job.parent,
        last_error: job.last_error,
    }
}

/// The scope of the job's tenant.
async fn scope(db: &Database, id: JobId) -> anyhow::Result<TenantScope> {
    let system = SystemScope::new("steer a job named on the command line");
    let tx = db
        .read(SystemScope::new("find the tenant of a job"))
        .await?;
    let job = ledger::get_any(&tx, id).await?;
    Ok(TenantScope::of_system(
        &system,
        job.tenant,
        Actor::CommandLine,
    ))
}
