//! `wafaa doctor`: whether everything that a server needs is in order, and what to do about what isn't.
//!
//! It looks and changes nothing: what the first start makes is not missed, and what is there is not touched
//! but for a probe written to and removed from each local directory.

mod database;
mod host;
mod ledger;
mod vector;

use std::process::ExitCode;

use serde::Serialize;

use crate::{cli::Output, config::Config};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// It works, and will not for ever.
    Warning,
    /// It does not work.
    Problem,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    status: Status,
    detail: String,
    /// What to do about it.
    advice: Option<String>,
}

impl Check {
    fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self {
            check,
            status: Status::Ok,
            detail: detail.into(),
            advice: None,
        }
    }

    fn warning(check: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            status: Status::Warning,
            detail: detail.into(),
            advice: Some(advice.into()),
        }
    }

    fn problem(check: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            status: Status::Problem,
            detail: detail.into(),
            advice: Some(advice.into()),
        }
    }
}

pub(super) async fn run(config: Config, output: Output) -> anyhow::Result<ExitCode> {
    let mut checks = vec![host::secret_key(&config), host::model(&config)];
    checks.extend(host::disks(&config));
    checks.push(host::files(&config).await);
    checks.push(host::recognition(&config).await);
    let (vectors, opened) = vector::open(&config).await;
    checks.push(opened);
    checks.extend(database::redis(&config).await);
    let (db, opened) = database::open(&config).await;
    checks.push(opened);
    if let Some(db) = &db {
        checks.push(database::clock(db).await);
        checks.extend(database::role(db).await);
        let migrations = database::migrations(&config, db).await;
        let is_current = migrations.status == Status::Ok;
        checks.push(migrations);
        if is_current {
            checks.extend(ledger::jobs(db).await);
            if let Some(vectors) = &vectors {
                checks.push(vector::fragments(db, vectors).await);
            }
        }
    }
    report(output, &checks)?;
    let has_problem = checks.iter().any(|check| check.status == Status::Problem);
    Ok(if has_problem {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn report(output: Output, checks: &[Check]) -> anyhow::Result<()> {
    super::print(output, checks, &["CHECK", "", "DETAIL"], |row| {
        let mark = match row.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Problem => "PROBLEM",
        };
        let detail = match &row.advice {
            Some(advice) => format!("{}\n→ {advice}", row.detail),
            None => row.detail.clone(),
        };
        vec![row.check.to_owned(), mark.to_owned(), detail]
    })
}
