//! `wafaa tenant`: tenants from the command line, and the lookups other commands share.

use anyhow::{Context, bail};
use serde::Serialize;
use wafaa_domain::{Actor, Email, Role, Slug, SystemScope, TenantScope};
use wafaa_jobs::Handle;
use wafaa_storage::{
    Database, Error, audit, erasure, member,
    password::{self, Hashed},
    tenant::{self, Limits},
};

use crate::{
    cli::{Output, Tenant as Command},
    config::Config,
    runtime,
};

#[derive(Serialize)]
struct Row {
    id: String,
    slug: String,
    name: String,
    demo: bool,
    created_at: String,
}

pub(super) async fn run(config: Config, command: Command, output: Output) -> anyhow::Result<()> {
    // An export leaves even the schema as it is.
    if let Command::Export { slug, file } = &command {
        return super::backup::export(&config, file, slug, output).await;
    }
    let db = runtime::database(&config).await?;
    match command {
        Command::Export { .. } => Ok(()),
        Command::Erase { slug, yes: _ } => erase(&config, &slug).await,
        Command::Reindex { slug } => reindex(&db, &slug).await,
        Command::Create {
            slug,
            name,
            admin_email,
        } => {
            let password = hashed(&asked_password(
                "WAFAA_ADMIN_PASSWORD",
                "Password of the first owner: ",
            )?)?;
            let created = create(&db, &slug, &name, &admin_email, password, false).await?;
            show(output, &[row(created)])
        }
        Command::List => {
            let tx = db
                .read(SystemScope::new("list tenants on the command line"))
                .await?;
            let page = tenant::list(&tx, None, 10_000).await?;
            let rows: Vec<Row> = page.rows.into_iter().map(row).collect();
            show(output, &rows)
        }
    }
}

/// Erases a tenant, or ends an erasure that was interrupted, and prints the receipt.
async fn erase(config: &Config, slug: &Slug) -> anyhow::Result<()> {
    let stores = runtime::stores(config).await?;
    let tx = stores
        .db
        .read(SystemScope::new("look for a tenant to erase"))
        .await?;
    let id = match tenant::by_slug(&tx, slug).await {
        Ok(found) => found.id,
        Err(Error::NotFound) => {
            let unfinished = erasure::unfinished(&tx).await?;
            let begun = unfinished
                .iter()
                .rev()
                .find(|one| one.receipt.slug == *slug);
            match begun {
                Some(begun) => begun.tenant,
                None => bail!("there is no tenant `{slug}`; `wafaa tenant list` shows them"),
            }
        }
        Err(error) => return Err(error.into()),
    };
    drop(tx);
    let handle = Handle::without_workers(wafaa_jobs::kind::all(), None);
    let receipt = stores.erase(&handle, id, Actor::CommandLine).await?;
    println!("{}", serde_json::to_string_pretty(&receipt)?);
    Ok(())
}

async fn reindex(db: &Database, slug: &Slug) -> anyhow::Result<()> {
    let tx = db.write(scope(db, slug).await?).await?;
    let documents = wafaa_jobs::tenant::rebuild_vectors(&tx).await?;
    tx.commit().await?;
    println!(
        "{documents} documents of {slug} are indexed again; `wafaa jobs list --kind reindex` shows how far that is"
    );
    Ok(())
}

fn show(output: Output, rows: &[Row]) -> anyhow::Result<()> {
    super::print(output, rows, &["ID", "SLUG", "NAME", "SINCE"], |row| {
        vec![
            row.id.clone(),
            row.slug.clone(),
            row.name.clone(),
            row.created_at.clone(),
        ]
    })
}

fn row(tenant: tenant::Tenant) -> Row {
    Row {
        id: tenant.id.to_string(),
        slug: tenant.slug.to_string(),
        name: tenant.name,
        demo: tenant.demo,
        created_at: tenant.created_at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// Adds a tenant and its first owner, or neither.
pub(super) async fn create(
    db: &Database,
    slug: &Slug,
    name: &str,
    owner: &Email,
    password: Hashed,
    demo: bool,
) -> anyhow::Result<tenant::Tenant> {
    let tx = db
        .write(SystemScope::new("create a tenant on the command line"))
        .await?;
    let created = match tenant::create(&tx, slug, name, demo, Limits::default()).await {
        Err(Error::AlreadyExists) => bail!("there is a tenant `{slug}` already"),
        other => other?,
    };
    audit::note_system(
        &tx,
        &Actor::CommandLine,
        "tenant.created",
        Some(&created.id),
        serde_json::json!({}),
    )
    .await?;
    let tx = tx.narrow(created.id, Actor::CommandLine).await?;
    let owner = member::create(&tx, owner, password, Role::Owner).await?;
    audit::note(
        &tx,
        "member.created",
        Some(&owner.id),
        serde_json::json!({ "role": "owner" }),
    )
    .await?;
    tx.commit().await?;
    Ok(created)
}

/// The scope of the tenant with this slug, for somebody at the command line.
pub(super) async fn scope(db: &Database, slug: &Slug) -> anyhow::Result<TenantScope> {
    let system = SystemScope::new("act for a tenant named on the command line");
    let tx = db
        .read(SystemScope::new("look a tenant up by its slug"))
        .await?;
    let found = match tenant::by_slug(&tx, slug).await {
        Err(Error::NotFound) => {
            bail!("there is no tenant `{slug}`; `wafaa tenant list` shows them")
        }
        other => other?,
    };
    Ok(TenantScope::of_system(
        &system,
        found.id,
        Actor::CommandLine,
    ))
}

/// Hashes a password that was checked for its length.
pub(super) fn hashed(password: &str) -> anyhow::Result<Hashed> {
    Ok(password::hash(password)?)
}

/// The password in the environment, or asked for.
pub(super) fn asked_password(variable: &str, prompt: &str) -> anyhow::Result<String> {
    if let Ok(password) = std::env::var(variable) {
        return Ok(password);
    }
    rpassword::prompt_password(prompt)
        .with_context(|| format!("can't ask for a password here; set {variable}"))
}
