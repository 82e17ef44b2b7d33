//! `wafaa ingest`: upload files and watch them through the chain, a progress bar each.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use wafaa_domain::{DocumentStatus, Slug, TenantScope};
use wafaa_jobs::document::{Accepted, Documents, Upload};
use wafaa_storage::document::{self, Document};

use crate::{cli::Output, config::Config, runtime::Runtime};

const POLL: Duration = Duration::from_millis(100);

#[derive(Serialize)]
struct Row {
    file: String,
    id: Option<String>,
    status: String,
    pages: u32,
    chunks: u32,
    error: Option<String>,
}

pub(super) async fn run(
    config: Config,
    slug: &Slug,
    files: &[PathBuf],
    output: Output,
) -> anyhow::Result<ExitCode> {
    let runtime = Runtime::open(config).await?;
    let scope = super::tenant::scope(&runtime.services.db, slug).await?;
    let jobs = runtime.start_jobs(|_| {}).await?;
    let documents = runtime.documents(jobs.handle());
    let bars = MultiProgress::new();
    let mut watched = Vec::new();
    for file in files {
        let bar = bars.add(bar(file)?);
        let (documents, file) = (documents.clone(), file.clone());
        watched.push(tokio::spawn(async move {
            follow(&documents, &scope, &file, &bar).await
        }));
    }
    let mut rows = Vec::new();
    for row in watched {
        rows.push(row.await?);
    }
    jobs.stop().await;
    super::print(
        output,
        &rows,
        &["FILE", "DOCUMENT", "STATUS", "PAGES", "CHUNKS", "ERROR"],
        |row| {
            vec![
                row.file.clone(),
                row.id.clone().unwrap_or_default(),
                row.status.clone(),
                row.pages.to_string(),
                row.chunks.to_string(),
                row.error.clone().unwrap_or_default(),
            ]
        },
    )?;
    let ready = rows
        .iter()
        .all(|row| row.status == DocumentStatus::Ready.as_str());
    Ok(if ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn bar(file: &Path) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix:30!} {bar:30} {percent:>3} % {msg}")?;
    let name = file
        .file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned();
    Ok(ProgressBar::new(100).with_style(style).with_prefix(name))
}

/// Uploads a file and waits for its end, whatever that is.
async fn follow(documents: &Documents, scope: &TenantScope, file: &Path, bar: &ProgressBar) -> Row {
    let end = async {
        let accepted = upload(documents, scope, file).await?;
        settled(documents, scope, &accepted, |document| {
            bar.set_position(document.progress.into());
            bar.set_message(document.status.as_str());
        })
        .await
    };
    let row = match end.await {
        Ok(document) => Row {
            file: file.display().to_string(),
            id: Some(document.id.to_string()),
            status: document.status.to_string(),
            pages: document.pages,
            chunks: document.chunks,
            error: document.error.map(|error| error.message),
        },
        Err(error) => Row {
            file: file.display().to_string(),
            id: None,
            status: DocumentStatus::Failed.to_string(),
            pages: 0,
            chunks: 0,
            error: Some(format!("{error:#}")),
        },
    };
    bar.finish_with_message(row.status.clone());
    row
}

async fn upload(
    documents: &Documents,
    scope: &TenantScope,
    file: &Path,
) -> anyhow::Result<Accepted> {
    let content = tokio::fs::read(file)
        .await
        .with_context(|| format!("can't read {}", file.display()))?;
    let name = file
        .file_name()
        .context("not a file name")?
        .to_string_lossy()
        .into_owned();
    let upload = Upload {
        filename: name,
        title: None,
        language: None,
        content: content.into(),
    };
    Ok(documents.upload(scope, upload).await?)
}

/// Waits until the document is ready or has failed. Another process may be running its jobs, so this asks
/// the database, not the bus.
pub(super) async fn settled(
    documents: &Documents,
    scope: &TenantScope,
    accepted: &Accepted,
    mut seen: impl FnMut(&Document),
) -> anyhow::Result<Document> {
    loop {
        let tx = documents.db.read(*scope).await?;
        let document = document::get(&tx, accepted.document.id).await?;
        tx.commit().await?;
        seen(&document);
        match document.status {
            DocumentStatus::Ready | DocumentStatus::Failed => return Ok(document),
            DocumentStatus::Queued | DocumentStatus::Processing => tokio::time::sleep(POLL).await,
        }
    }
}
