//! The tenants' documents. The same bytes are the same document, so that uploading again finds it ready.

use std::time::Duration;

use anyhow::bail;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::command::bench::load::{
    corpus::{Business, File},
    target::{Target, success, text},
};

const POLL: Duration = Duration::from_millis(100);
/// How long a document may take; many may be waiting before it.
const PATIENCE: Duration = Duration::from_secs(900);

/// A file as `POST /api/v1/documents` takes it.
pub(in super::super) fn form(file: File) -> Form {
    let part = Part::bytes(file.content.into_bytes()).file_name(file.name);
    Form::new().part("file", part)
}

/// Uploads a tenant's documents and waits until they are ready.
pub(super) async fn ready(target: &Target, key: &str, business: &Business) -> anyhow::Result<()> {
    let mut uploaded = Vec::new();
    for file in business.files() {
        let answer = target
            .call(Method::POST, "/api/v1/documents", key, |request| {
                request.multipart(form(file.clone()))
            })
            .await?;
        uploaded.push(success(answer, "upload a document")?);
    }
    for taken in uploaded {
        settled(target, key, &taken["document"]).await?;
    }
    Ok(())
}

async fn settled(target: &Target, key: &str, document: &Value) -> anyhow::Result<()> {
    let path = format!("/api/v1/documents/{}", text(document, "/id")?);
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let document = success(target.get(&path, key).await?, "look at a document")?;
        match document["status"].as_str() {
            Some("ready") => return Ok(()),
            Some("failed") => bail!("a document can't be read: {}", document["error"]),
            _ => sleep(POLL).await,
        }
    }
    bail!(
        "a document was not ready after {} s: are workers running?",
        PATIENCE.as_secs()
    )
}
