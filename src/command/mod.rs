//! The commands, one file each.

mod ask;
mod backup;
mod bench;
mod doctor;
mod eval;
mod ingest;
mod jobs;
mod keys;
mod operator;
mod restore;
mod scratch;
mod seed;
mod serve;
mod tenant;
mod upgrade;

use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use wafaa_storage::{Database, role};

use crate::{
    cli::{Cli, Command, Output},
    config::Config,
    lock, runtime,
};

/// Runs the command; the exit code is a failure where the command says so.
pub(crate) async fn run(cli: Cli, config: Config) -> anyhow::Result<ExitCode> {
    let output = cli.output;
    match cli.command {
        Command::Serve(listen) => serve::serve(config, &listen).await?,
        Command::Api(listen) => serve::api(config, &listen).await?,
        Command::Worker { lanes, probes } => serve::worker(config, &lanes, &probes).await?,
        Command::Migrate => migrate(config).await?,
        Command::Seed => return seed::run(config).await,
        Command::Tenant(command) => tenant::run(config, command, output).await?,
        Command::Operator(command) => operator::run(config, command, output).await?,
        Command::Ingest { tenant, files } => {
            return ingest::run(config, &tenant, &files, output).await;
        }
        Command::Ask { tenant, question } => ask::run(config, &tenant, &question, output).await?,
        Command::Jobs(command) => jobs::run(config, command, output).await?,
        Command::Backup { file, tenant } => {
            backup::run(&config, &file, tenant.as_ref(), output).await?;
        }
        Command::Restore {
            file,
            tenant,
            renamed,
            replace,
        } => {
            let wanted = restore::Wanted {
                tenant,
                renamed,
                replace,
            };
            return restore::run(config, &file, &wanted).await;
        }
        Command::Keys(command) => keys::run(&config, &command)?,
        Command::Upgrade { check: _ } => return upgrade::check(&config, output).await,
        Command::Bench { what, quick } => return bench::run(config, what, quick, output).await,
        Command::Eval(what) => return eval::run(config, what, output).await,
        Command::Doctor => return Box::pin(doctor::run(config, output)).await,
        Command::Openapi => println!("{}", wafaa_api::openapi_json()),
        Command::ParseWorker { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// As the tables' owner; on PostgreSQL the role that the platform works as is given its rights on the way.
async fn migrate(config: Config) -> anyhow::Result<()> {
    lock::make_data_dir(&config.data_dir)?;
    let owner = Database::open_patient(&config.migrate_url).await?;
    runtime::migrate(&owner).await?;
    if owner.is_shared() && config.migrate_url != config.database_url {
        let role = role::of_url(&config.database_url)
            .context("WAFAA_DATABASE_URL names no user, so nobody can be given rights")?;
        wafaa_migrations::grant(owner.connection(), &role)
            .await
            .with_context(|| format!("can't give the database role `{role}` its rights"))?;
    }
    println!("the schema is up to date");
    Ok(owner.close().await?)
}

/// Prints rows as a table or as JSON.
fn print<T: Serialize>(
    output: Output,
    rows: &[T],
    header: &[&str],
    cells: impl Fn(&T) -> Vec<String>,
) -> anyhow::Result<()> {
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(rows)?);
        return Ok(());
    }
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header.iter().copied());
    table.add_rows(rows.iter().map(cells));
    println!("{table}");
    Ok(())
}
