//! `wafaa backup`, and `wafaa tenant export`, which is one without secrets.

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, bail};
use serde::Serialize;
use wafaa_domain::{Actor, Slug, SystemScope, TenantScope};
use wafaa_storage::{
    Database, Error, Tx,
    archive::{self, Row, Schema, Table},
    blob::{self, BlobKey, Blobs},
    tenant::{self, Tenant},
};

use crate::{
    archive::{Content, Manifest, ManifestTenant, Member, Writer, Written},
    cli::Output,
    config::Config,
};

#[derive(Serialize)]
struct Report {
    file: String,
    tenants: usize,
    rows: u64,
    blobs: u64,
    bytes: u64,
    /// Documents whose file is not there: deleted while the backup was made, or lost before.
    without_file: u64,
}

pub(super) async fn run(
    config: &Config,
    file: &Path,
    slug: Option<&Slug>,
    output: Output,
) -> anyhow::Result<()> {
    let content = if slug.is_some() {
        Content::Tenant
    } else {
        Content::Platform
    };
    write(config, file, slug, content, output).await
}

/// Writes one tenant without what opens doors here.
pub(super) async fn export(
    config: &Config,
    file: &Path,
    slug: &Slug,
    output: Output,
) -> anyhow::Result<()> {
    write(config, file, Some(slug), Content::Export, output).await
}

async fn write(
    config: &Config,
    file: &Path,
    slug: Option<&Slug>,
    content: Content,
    output: Output,
) -> anyhow::Result<()> {
    if let Some(missing) = missing_file(&config.database_url) {
        bail!("there is no database at {missing}, and so nothing to back up");
    }
    // The schema is left as it is: a backup is what one makes before an upgrade.
    let db = Database::open_patient(&config.database_url).await?;
    let blobs = Blobs::open(&config.blob_uri).await?;
    let tx = db
        .snapshot(SystemScope::new("write tenants into an archive"))
        .await?;
    let schema = match archive::schema(&tx).await {
        Err(Error::NotFound) => bail!("the database is empty: run `wafaa migrate` first"),
        other => other?,
    };
    let tenants = tenants(&tx, slug).await?;
    let named = tenants.iter().map(|tenant| ManifestTenant {
        id: tenant.id,
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
    });
    let manifest = Manifest::new(content, &schema, named.collect());
    let mut backup = Backup {
        writer: Writer::create(file, &manifest)?,
        blobs,
        schema,
        content,
        without_file: 0,
    };
    backup.all(tx, &tenants).await?;
    let without_file = backup.without_file;
    let Written { rows, blobs, bytes } = backup.writer.finish()?;
    let report = Report {
        file: file.display().to_string(),
        tenants: tenants.len(),
        rows,
        blobs,
        bytes,
        without_file,
    };
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!(
        "{}: {} tenant(s), {rows} rows, {blobs} files, {bytes} bytes",
        report.file, report.tenants
    );
    if without_file > 0 {
        println!("{without_file} document(s) have no uploaded file any more");
    }
    Ok(())
}

/// The file of a SQLite database that isn't there. Opening it would make it.
pub(super) fn missing_file(url: &str) -> Option<String> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!Path::new(path).exists()).then(|| path.to_owned())
}

async fn tenants(tx: &Tx<SystemScope>, slug: Option<&Slug>) -> anyhow::Result<Vec<Tenant>> {
    if let Some(slug) = slug {
        return match tenant::by_slug(tx, slug).await {
            Err(Error::NotFound) => {
                bail!("there is no tenant `{slug}`; `wafaa tenant list` shows them")
            }
            other => Ok(vec![other?]),
        };
    }
    let mut all: Vec<Tenant> = Vec::new();
    loop {
        let page = tenant::list(tx, all.last().map(|last| last.id), 500).await?;
        all.extend(page.rows);
        if !page.more {
            return Ok(all);
        }
    }
}

/// A backup under way.
struct Backup {
    writer: Writer,
    blobs: Blobs,
    schema: Schema,
    content: Content,
    without_file: u64,
}

impl Backup {
    /// Everything, as it was at one moment.
    async fn all(&mut self, mut tx: Tx<SystemScope>, tenants: &[Tenant]) -> anyhow::Result<()> {
        if self.content == Content::Platform {
            self.platform(&tx).await?;
        }
        for tenant in tenants {
            let of_tenant = tx.narrow(tenant.id, Actor::CommandLine).await?;
            self.files(&of_tenant).await?;
            self.rows(&of_tenant).await?;
            tx = of_tenant
                .widen(SystemScope::new("go on to the next tenant of an archive"))
                .await?;
        }
        Ok(())
    }

    async fn platform(&mut self, tx: &Tx<SystemScope>) -> anyhow::Result<()> {
        for table in self
            .schema
            .tables
            .iter()
            .filter(|table| table.is_of_platform())
        {
            let mut rows = self.writer.rows(None, table);
            let mut last: Option<Row> = None;
            loop {
                let page = archive::platform_page(tx, table, last.as_ref()).await?;
                for row in &page {
                    rows.push(row)?;
                }
                last = page.into_iter().next_back();
                if last.is_none() {
                    break;
                }
            }
            rows.finish()?;
        }
        Ok(())
    }

    async fn rows(&mut self, tx: &Tx<TenantScope>) -> anyhow::Result<()> {
        let exporting = self.content == Content::Export;
        let wanted = |table: &&Table| !exporting || archive::is_exported(&table.name);
        for table in self.schema.tables.iter().filter(wanted) {
            let mut rows = self.writer.rows(Some(tx.tenant()), table);
            let mut last: Option<Row> = None;
            loop {
                let page = archive::page(tx, table, last.as_ref()).await?;
                last = page.last().cloned();
                if last.is_none() {
                    break;
                }
                for row in page {
                    if exporting {
                        rows.push(&archive::without_secrets(&table.name, row))?;
                    } else {
                        rows.push(&row)?;
                    }
                }
            }
            rows.finish()?;
        }
        Ok(())
    }

    async fn files(&mut self, tx: &Tx<TenantScope>) -> anyhow::Result<()> {
        let names = if self.content == Content::Export {
            document_names(tx).await?
        } else {
            HashMap::new()
        };
        for key in archive::blobs(tx).await? {
            let tenant = tx.tenant();
            let member = match self.content {
                Content::Export if !key.is_original() => continue,
                Content::Export => Member::File {
                    tenant,
                    name: file_name(&key, &names),
                },
                Content::Platform | Content::Tenant => Member::Blob { tenant, key },
            };
            match self.blobs.get(tx.scope(), &key).await {
                Ok(content) => self.writer.blob(&member, &content)?,
                // What failed was never parsed, so only what was uploaded is missed.
                Err(blob::Error::Missing) => self.without_file += u64::from(key.is_original()),
                Err(error) => return Err(error).context("a file can't be read"),
            }
        }
        Ok(())
    }
}

/// What each document was called when it was uploaded.
async fn document_names(tx: &Tx<TenantScope>) -> anyhow::Result<HashMap<String, String>> {
    use wafaa_storage::document;
    let (mut names, mut before) = (HashMap::new(), None);
    loop {
        let page = document::list(tx, None, before, 500).await?;
        before = page.rows.last().map(|found| found.id);
        names.extend(
            page.rows
                .into_iter()
                .map(|found| (found.id.to_string(), found.filename)),
        );
        if !page.more {
            return Ok(names);
        }
    }
}

/// The blob's own name, so that no two are alike, and the file's, as far as it is harmless.
fn file_name(key: &BlobKey, names: &HashMap<String, String>) -> String {
    let name = names.get(&key.owner()).map_or("", String::as_str);
    let harmless = |c: char| {
        if c.is_control() || matches!(c, '/' | '\\' | ':') {
            '_'
        } else {
            c
        }
    };
    let name: String = name.chars().map(harmless).take(120).collect();
    format!("{key}-{name}")
}
