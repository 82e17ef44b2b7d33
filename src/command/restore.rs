//! `wafaa restore`: bring tenants back from a backup, each whole or not at all.
//!
//! Files first, then all rows of a tenant in one transaction, and in it the jobs that make its vectors anew.
//! A restore that was interrupted is repeated: a tenant that this very backup brought back before is left
//! alone, and files that were written without rows are written again.

mod plan;

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use wafaa_domain::{Actor, JobState, Slug, SystemScope, TenantId, TenantScope};
use wafaa_jobs::{Handle, tenant::Tenants};
use wafaa_storage::{
    Database, Error, Tx,
    archive::{self, Row, Schema, Table},
    audit, ledger,
};

use self::plan::{Plan, RESTORED, plans};
use crate::{
    archive::{Content, Manifest, Member, Reader, rows},
    config::Config,
    runtime::{self, Runtime},
};

const POLL: Duration = Duration::from_millis(100);

/// What is to be brought back.
pub(super) struct Wanted {
    pub(super) tenant: Option<Slug>,
    pub(super) renamed: Option<Slug>,
    pub(super) replace: bool,
}

pub(super) async fn run(config: Config, file: &Path, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    let reader = Reader::open(file)?;
    if reader.manifest.content == Content::Export {
        bail!("this is an export, which lacks passwords and keys; only a backup can be restored");
    }
    let stores = runtime::stores(&config).await?;
    let schema = schema(&stores.db, &reader.manifest).await?;
    let mut restoring = Restoring {
        plans: plans(&stores.db, &reader, wanted).await?,
        stores,
        schema,
        archive: reader.id.clone(),
        whole: wanted.tenant.is_none(),
        platform: None,
        open: None,
        restored: Vec::new(),
    };
    restoring.make_room().await?;
    reader
        .each(async |member, content| restoring.take(member, content).await)
        .await?;
    restoring.finish().await?;
    for (id, slug, documents) in &restoring.restored {
        println!("{slug} ({id}) is back; vectors of {documents} document(s) are made anew");
    }
    if !config.is_embedded() {
        println!(
            "workers make the vectors; `wafaa jobs list --kind reindex` shows how far they are"
        );
        return Ok(ExitCode::SUCCESS);
    }
    // Those that an interrupted restore brought back may not have their vectors yet.
    let tenants: Vec<TenantId> = restoring.plans.iter().map(|plan| plan.tenant.id).collect();
    index(config, &tenants).await
}

async fn schema(db: &Database, manifest: &Manifest) -> anyhow::Result<Schema> {
    let tx = db
        .read(SystemScope::new(
            "compare an archive's tables with the database's",
        ))
        .await?;
    let schema = match archive::schema(&tx).await {
        Err(Error::NotFound) => bail!("the database is empty: run `wafaa migrate` first"),
        other => other?,
    };
    manifest.check(&schema)?;
    Ok(schema)
}

/// A restore under way.
struct Restoring {
    stores: Tenants,
    schema: Schema,
    plans: Vec<Plan>,
    archive: String,
    /// Whether the platform's own rows are wanted too.
    whole: bool,
    platform: Option<Tx<SystemScope>>,
    /// The tenant whose rows are being added.
    open: Option<(TenantId, Tx<TenantScope>)>,
    /// With the number of documents whose vectors are to be made.
    restored: Vec<(TenantId, Slug, u64)>,
}

impl Restoring {
    async fn make_room(&self) -> anyhow::Result<()> {
        let handle = Handle::without_workers(wafaa_jobs::kind::all(), None);
        for id in self.plans.iter().flat_map(|plan| &plan.in_its_way) {
            let receipt = self.stores.erase(&handle, *id, Actor::CommandLine).await?;
            println!(
                "{} ({id}) is erased to make room; receipt {}",
                receipt.slug, receipt.sha256
            );
        }
        Ok(())
    }

    async fn take(&mut self, member: Member, content: Vec<u8>) -> anyhow::Result<()> {
        match member {
            Member::PlatformRows { table, .. } => self.platform_rows(&table, &content).await,
            Member::Rows { tenant, table, .. } => {
                self.turn_to(Some(tenant)).await?;
                self.rows(tenant, &table, &content).await
            }
            Member::Blob { tenant, key } => {
                self.turn_to(Some(tenant)).await?;
                if self.plan(tenant).is_some() {
                    let scope = scope(tenant);
                    self.stores.blobs.put(&scope, &key, content.into()).await?;
                }
                Ok(())
            }
            Member::File { .. } => Ok(()),
        }
    }

    fn plan(&self, tenant: TenantId) -> Option<&Plan> {
        let mut plans = self.plans.iter();
        plans.find(|plan| plan.tenant.id == tenant && !plan.done)
    }

    fn table(&self, name: &str) -> anyhow::Result<&Table> {
        let mut tables = self.schema.tables.iter();
        tables
            .find(|table| table.name == name)
            .with_context(|| format!("there is no table `{name}`"))
    }

    async fn platform_rows(&mut self, table: &str, content: &[u8]) -> anyhow::Result<()> {
        if !self.whole {
            return Ok(());
        }
        if self.platform.is_none() {
            let reason = SystemScope::new("restore the platform's own rows");
            self.platform = Some(self.stores.db.write(reason).await?);
        }
        let table = self.table(table)?;
        if let Some(tx) = &self.platform {
            archive::insert_platform(tx, table, &rows(content)?).await?;
        }
        Ok(())
    }

    async fn rows(&mut self, tenant: TenantId, table: &str, content: &[u8]) -> anyhow::Result<()> {
        let Some(plan) = self.plan(tenant) else {
            return Ok(());
        };
        let slug = plan.slug.to_string();
        if self.open.is_none() {
            let reason = SystemScope::new("restore a tenant");
            let tx = self.stores.db.write(reason).await?;
            self.open = Some((tenant, tx.narrow(tenant, Actor::CommandLine).await?));
        }
        let mut rows: Vec<Row> = rows(content)?;
        if table == "tenants" {
            rows.iter_mut().for_each(|row| {
                row.insert("slug".into(), slug.clone().into());
            });
        }
        let table = self.table(table)?;
        if let Some((_, tx)) = &self.open {
            archive::insert(tx, table, rows).await?;
        }
        Ok(())
    }

    /// Commits what is open, unless it is this tenant's.
    async fn turn_to(&mut self, tenant: Option<TenantId>) -> anyhow::Result<()> {
        if let Some(tx) = self.platform.take() {
            tx.commit().await?;
        }
        if self.open.as_ref().map(|(id, _)| *id) == tenant {
            return Ok(());
        }
        let Some((id, tx)) = self.open.take() else {
            return Ok(());
        };
        let documents = wafaa_jobs::tenant::rebuild_vectors(&tx).await?;
        let tx = tx
            .widen(SystemScope::new("note that a tenant was restored"))
            .await?;
        let detail = serde_json::json!({ "archive": self.archive });
        audit::note_system(&tx, &Actor::CommandLine, RESTORED, Some(&id), detail).await?;
        tx.commit().await?;
        let slug = self.plan(id).map(|plan| plan.slug.clone());
        self.restored.extend(slug.map(|slug| (id, slug, documents)));
        Ok(())
    }

    async fn finish(&mut self) -> anyhow::Result<()> {
        self.turn_to(None).await?;
        for plan in self.plans.iter().filter(|plan| plan.done) {
            println!("{} is there already, from this backup", plan.slug);
        }
        Ok(())
    }
}

fn scope(tenant: TenantId) -> TenantScope {
    let system = SystemScope::new("restore a tenant's files");
    TenantScope::of_system(&system, tenant, Actor::CommandLine)
}

/// Runs the jobs that make the vectors, or waits for the server that does.
async fn index(config: Config, tenants: &[TenantId]) -> anyhow::Result<ExitCode> {
    let runtime = Runtime::open(config).await.context(
        "everything is restored but the vectors, which a server makes as soon as it is started",
    )?;
    let jobs = runtime.start_jobs(|_| {}).await?;
    let mut dead = 0;
    for tenant in tenants {
        loop {
            let tx = runtime.services.db.read(scope(*tenant)).await?;
            let stats = ledger::stats(&tx).await?;
            tx.commit().await?;
            let counts = stats.counts.iter().filter(|stat| stat.kind == "reindex");
            let (ended, unfinished): (Vec<_>, Vec<_>) =
                counts.partition(|stat| stat.state.is_final());
            if unfinished.is_empty() {
                let failed = ended.iter().filter(|stat| stat.state == JobState::Dead);
                dead += failed.map(|stat| stat.jobs).sum::<u64>();
                break;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    jobs.stop().await;
    if dead > 0 {
        println!(
            "{dead} document(s) could not be indexed; `wafaa jobs list --state dead` says why"
        );
        return Ok(ExitCode::FAILURE);
    }
    println!("all documents can be searched");
    Ok(ExitCode::SUCCESS)
}
