//! `wafaa upgrade --check`: what this version would change in the database, before it does.

use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;
use wafaa_storage::Database;

use crate::{cli::Output, config::Config};

#[derive(Serialize)]
struct Report {
    /// Steps that this version would take.
    pending: Vec<Pending>,
    /// Steps of the database that this version does not know: it is too old.
    unknown: Vec<String>,
    /// Whether it may go on while processes of the version before still run.
    safe: bool,
}

#[derive(Serialize)]
struct Pending {
    step: String,
    additive: bool,
}

pub(super) async fn check(config: &Config, output: Output) -> anyhow::Result<ExitCode> {
    let report = report(&applied(config).await?);
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.safe {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The steps that were applied. Looking must not make a database.
async fn applied(config: &Config) -> anyhow::Result<Vec<String>> {
    if super::backup::missing_file(&config.migrate_url).is_some() {
        return Ok(Vec::new());
    }
    let db = Database::open(&config.migrate_url).await?;
    db.applied_steps()
        .await
        .context("can't read which steps of the schema were applied")
}

fn report(applied: &[String]) -> Report {
    let steps = wafaa_migrations::steps();
    let unknown: Vec<String> = applied
        .iter()
        .filter(|name| !steps.iter().any(|step| step.name == **name))
        .cloned()
        .collect();
    let pending: Vec<Pending> = steps
        .into_iter()
        .filter(|step| !applied.contains(&step.name))
        .map(|step| Pending {
            step: step.name,
            additive: step.additive,
        })
        .collect();
    // Nothing can be running on an empty database.
    let additive = applied.is_empty() || pending.iter().all(|step| step.additive);
    Report {
        safe: unknown.is_empty() && additive,
        pending,
        unknown,
    }
}

fn print(report: &Report) {
    for step in &report.unknown {
        println!("{step}: applied, and unknown to this version");
    }
    for step in &report.pending {
        let how = if step.additive {
            "safe beside running processes of the version before"
        } else {
            "NOT safe beside running processes of the version before"
        };
        println!("{}: {how}", step.step);
    }
    if !report.unknown.is_empty() {
        println!(
            "the database is of a newer version: use that one, or restore a backup from before its upgrade"
        );
    } else if report.pending.is_empty() {
        println!("the schema is up to date");
    } else if report.safe {
        println!("make a backup, run `wafaa migrate`, then replace the processes one by one");
    } else {
        println!(
            "make a backup, stop every process, run `wafaa migrate`, and start the new version"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        let steps = wafaa_migrations::steps();
        steps.into_iter().map(|step| step.name).collect()
    }

    #[test]
    fn what_is_pending_and_what_is_unknown_is_told_apart() {
        let all = names();
        let current = report(&all);
        assert!(current.safe && current.pending.is_empty());
        let behind = report(&all[..all.len() - 1]);
        assert_eq!(behind.pending.len(), 1);
        assert_eq!(behind.safe, behind.pending[0].additive);
        let newer: Vec<String> = all.into_iter().chain(["m9999_future".into()]).collect();
        let refused = report(&newer);
        assert!(!refused.safe && refused.unknown == ["m9999_future"]);
        assert!(report(&[]).safe);
    }
}
