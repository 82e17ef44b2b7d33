//! What a restore is going to do with each tenant, decided before anything is written.

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use wafaa_domain::{Slug, SystemScope, TenantId};
use wafaa_storage::{Database, Error, Tx, audit, erasure, tenant};

use super::Wanted;
use crate::archive::{Manifest, ManifestTenant, Reader};

/// How the log calls it that a tenant was brought back.
pub(super) const RESTORED: &str = "tenant.restored";

fn chosen(manifest: &Manifest, wanted: &Wanted) -> anyhow::Result<Vec<ManifestTenant>> {
    let Some(slug) = &wanted.tenant else {
        return Ok(manifest.tenants.clone());
    };
    let found = manifest.tenants.iter().find(|tenant| tenant.slug == *slug);
    let Some(found) = found else {
        let there: Vec<_> = manifest
            .tenants
            .iter()
            .map(|tenant| tenant.slug.to_string())
            .collect();
        bail!(
            "the backup has no tenant `{slug}`; it has {}",
            there.join(", ")
        );
    };
    Ok(vec![found.clone()])
}

/// What is to happen with a tenant of the archive.
pub(super) struct Plan {
    pub(super) tenant: ManifestTenant,
    /// Its short name from now on.
    pub(super) slug: Slug,
    /// Tenants that have to go first.
    pub(super) in_its_way: Vec<TenantId>,
    /// This archive brought it back before.
    pub(super) done: bool,
}

/// Looks before anything is written; the first tenant that can't be restored ends it.
pub(super) async fn plans(
    db: &Database,
    reader: &Reader,
    wanted: &Wanted,
) -> anyhow::Result<Vec<Plan>> {
    let tx = db
        .read(SystemScope::new(
            "see which tenants of an archive are there",
        ))
        .await?;
    let mut plans = Vec::new();
    for tenant in chosen(&reader.manifest, wanted)? {
        let slug = wanted.renamed.as_ref().unwrap_or(&tenant.slug).clone();
        let mut in_its_way = Vec::new();
        for found in [
            tenant::get(&tx, tenant.id).await,
            tenant::by_slug(&tx, &slug).await,
        ] {
            match found {
                Ok(found) if in_its_way.contains(&found.id) => {}
                Ok(found) => in_its_way.push(found.id),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let itself = in_its_way == [tenant.id];
        let done = itself && !wanted.replace && restored_before(&tx, tenant.id, &reader.id).await?;
        if !done && !wanted.replace {
            ensure!(
                in_its_way.is_empty(),
                "there is a tenant `{slug}` already; restore it elsewhere, or in its place with --replace, \
                 which erases that one"
            );
            not_erased_since(&tx, &tenant, &reader.manifest).await?;
        }
        plans.push(Plan {
            tenant,
            slug,
            in_its_way: if done { Vec::new() } else { in_its_way },
            done,
        });
    }
    Ok(plans)
}

async fn restored_before(
    tx: &Tx<SystemScope>,
    tenant: TenantId,
    archive: &str,
) -> anyhow::Result<bool> {
    let entries = audit::of_target(tx, RESTORED, &tenant).await?;
    Ok(entries
        .iter()
        .any(|entry| entry.detail["archive"] == archive))
}

/// Who was erased stays erased, unless somebody says otherwise.
async fn not_erased_since(
    tx: &Tx<SystemScope>,
    tenant: &ManifestTenant,
    manifest: &Manifest,
) -> anyhow::Result<()> {
    let erased = match erasure::of(tx, tenant.id).await {
        Err(Error::NotFound) => return Ok(()),
        other => other?.receipt.started_at,
    };
    let made: DateTime<Utc> = manifest
        .created_at
        .parse()
        .context("the manifest has no time")?;
    ensure!(
        erased < made,
        "`{}` was erased on {}, after this backup was made; say --replace to bring it back all the same",
        tenant.slug,
        erased.format("%Y-%m-%d")
    );
    Ok(())
}
