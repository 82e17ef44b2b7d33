//! `wafaa seed`: three demo tenants with documents, through the real chain. Running it again adds nothing.

use std::process::ExitCode;

use anyhow::Context;
use rust_embed::RustEmbed;
use wafaa_domain::{ChannelId, ChannelKind, DocumentStatus, Email, Slug, SystemScope, TenantScope};
use wafaa_jobs::document::{Documents, Upload};
use wafaa_storage::{
    Error,
    channel::{self, NewChannel},
    member, tenant,
};

use crate::{config::Config, runtime::Runtime};

/// Everybody knows it, so it is refused outside demo data.
const PASSWORD: &str = "wafaa-demo";
const OPERATOR: &str = "operator@wafaa.example";
const TENANTS: &[(&str, &str)] = &[
    ("bayt-falafel", "Bayt Falafel"),
    ("noor-homes", "Noor Homes"),
    ("sindbad-books", "Sindbad Books"),
];

/// The documents, by tenant: `bayt-falafel/menu.pdf`.
#[derive(RustEmbed)]
#[folder = "demo/documents"]
struct Files;

pub(super) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let runtime = Runtime::open(config).await?;
    let jobs = runtime.start_jobs(|_| {}).await?;
    let documents = runtime.documents(jobs.handle());
    operator(&documents).await?;
    let mut failed = 0;
    for (slug, name) in TENANTS {
        failed += seed(&documents, slug, name).await?;
    }
    jobs.stop().await;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn operator(documents: &Documents) -> anyhow::Result<()> {
    let email: Email = OPERATOR.parse()?;
    let tx = documents
        .db
        .write(SystemScope::new("create the demo operator"))
        .await?;
    match member::create_operator(&tx, &email, super::tenant::hashed(PASSWORD)?).await {
        Ok(_) => Ok(tx.commit().await?),
        Err(Error::AlreadyExists) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Seeds one tenant; answers how many of its documents failed.
async fn seed(documents: &Documents, slug: &str, name: &str) -> anyhow::Result<usize> {
    let (slug, owner): (Slug, Email) = (slug.parse()?, format!("admin@{slug}.example").parse()?);
    let tx = documents
        .db
        .read(SystemScope::new("look for a demo tenant"))
        .await?;
    let found = tenant::by_slug(&tx, &slug).await;
    tx.commit().await?;
    match found {
        Ok(_) => {}
        Err(Error::NotFound) => {
            let password = super::tenant::hashed(PASSWORD)?;
            super::tenant::create(&documents.db, &slug, name, &owner, password, true).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let scope = super::tenant::scope(&documents.db, &slug).await?;
    let token = web_chat(documents, &scope).await?;
    println!("{slug}: web chat at /chat/{token}");
    let folder = format!("{slug}/");
    let mut accepted = Vec::new();
    for path in Files::iter().filter(|path| path.starts_with(&folder)) {
        let file = Files::get(&path).with_context(|| format!("{path} is missing"))?;
        let upload = Upload {
            filename: path.trim_start_matches(&folder).to_owned(),
            title: None,
            language: None,
            content: file.data.into_owned().into(),
        };
        accepted.push(documents.upload(&scope, upload).await?);
    }
    let mut failed = 0;
    for document in &accepted {
        let end = super::ingest::settled(documents, &scope, document, |_| {}).await?;
        println!(
            "{slug}: {} is {} ({} chunks)",
            end.filename, end.status, end.chunks
        );
        failed += usize::from(end.status == DocumentStatus::Failed);
    }
    Ok(failed)
}

/// The tenant's web chat, made unless there is one; answers its public token.
async fn web_chat(documents: &Documents, scope: &TenantScope) -> anyhow::Result<String> {
    let tx = documents.db.write(*scope).await?;
    let there = channel::list(&tx).await?;
    let there = there
        .into_iter()
        .find(|channel| channel.kind == ChannelKind::Web);
    let web = match there {
        Some(channel) => channel,
        None => {
            let new = NewChannel {
                id: ChannelId::new(),
                kind: ChannelKind::Web,
                name: "Web chat".into(),
                settings: serde_json::json!({ "allowed_origins": [] }),
                secrets: None,
                secret_names: Vec::new(),
                external_id: None,
                token_expires_at: None,
            };
            channel::create(&tx, new).await?
        }
    };
    tx.commit().await?;
    web.public_token.context("a web chat has no public token")
}
