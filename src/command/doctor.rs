//! `wafaa doctor`: whether everything that a server needs is in order.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use serde::Serialize;
use wafaa_domain::{JobState, SystemScope};
use wafaa_embedding::verify_model;
use wafaa_storage::{Database, blob::Blobs, ledger, vector::Vectors};

use crate::{cli::Output, config::Config, runtime};

#[derive(Serialize)]
struct Check {
    check: &'static str,
    ok: bool,
    detail: String,
}

pub(super) async fn run(config: Config, output: Output) -> anyhow::Result<ExitCode> {
    let mut checks = vec![
        check(
            "secret key",
            config
                .secret_keys()
                .map(|keys| format!("present, {} former", keys.previous.len())),
        ),
        check("embedding model", model(&config)),
        check("vectors", vectors(&config).await),
        check("files", files(&config).await),
    ];
    match runtime::database(&config).await {
        Ok(db) => {
            checks.push(check(
                "database",
                db.ping().await.map(|()| config.database_url.clone()),
            ));
            checks.push(check("jobs", jobs(&db).await));
        }
        Err(error) => checks.push(check::<anyhow::Error>("database", Err(error))),
    }
    super::print(output, &checks, &["CHECK", "", "DETAIL"], |row| {
        let mark = if row.ok { "ok" } else { "FAILED" };
        vec![row.check.to_owned(), mark.to_owned(), row.detail.clone()]
    })?;
    let ok = checks.iter().all(|check| check.ok);
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check<E: Into<anyhow::Error>>(check: &'static str, outcome: Result<String, E>) -> Check {
    match outcome {
        Ok(detail) => Check {
            check,
            ok: true,
            detail,
        },
        Err(error) => Check {
            check,
            ok: false,
            detail: format!("{:#}", error.into()),
        },
    }
}

fn model(config: &Config) -> anyhow::Result<String> {
    let dir = &config.model.dir;
    verify_model(dir)
        .with_context(|| format!("{} is not as it should be; run `make model`", dir.display()))?;
    Ok(dir.display().to_string())
}

async fn vectors(config: &Config) -> anyhow::Result<String> {
    Vectors::open(&config.lance_uri).await?;
    Ok(config.lance_uri.clone())
}

async fn files(config: &Config) -> anyhow::Result<String> {
    Blobs::open(&config.blob_uri).await?;
    Ok(config.blob_uri.clone())
}

/// How many jobs wait and how many are dead; a lane that stands still is a fault.
async fn jobs(db: &Database) -> anyhow::Result<String> {
    const STUCK_MS: u64 = 15 * 60 * 1_000;
    let tx = db.read(SystemScope::new("look for stuck jobs")).await?;
    let stats = ledger::stats_any(&tx, None).await?;
    tx.commit().await?;
    for lane in &stats.lanes {
        ensure!(
            lane.oldest_ready_ms < STUCK_MS,
            "the oldest ready job of lane {} has waited {} minutes: is a worker running?",
            lane.lane,
            lane.oldest_ready_ms / 60_000
        );
    }
    let of = |wanted: JobState| -> u64 {
        let counts = stats.counts.iter().filter(|stat| stat.state == wanted);
        counts.map(|stat| stat.jobs).sum()
    };
    Ok(format!(
        "{} ready, {} running, {} dead",
        of(JobState::Ready),
        of(JobState::Running),
        of(JobState::Dead)
    ))
}
