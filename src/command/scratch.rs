//! A data dir that goes when the run ends: where measurements keep what they make.

use std::path::PathBuf;

use anyhow::Context;
use wafaa_domain::{Actor, SystemScope, TenantScope};
use wafaa_storage::{
    Database,
    tenant::{self, Limits},
};

use crate::config::Config;

/// Removed when dropped.
pub(super) struct ScratchDir(PathBuf);

impl ScratchDir {
    pub(super) fn make(purpose: &str) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("wafaa-{purpose}-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(Self(path))
    }

    /// These settings, with every store in here.
    pub(super) fn of(&self, config: Config) -> Config {
        let database = format!("sqlite://{}", self.0.join("wafaa.db").display());
        Config {
            data_dir: self.0.clone(),
            database_url: database.clone(),
            migrate_url: database,
            lance_uri: self.0.join("lance").display().to_string(),
            blob_uri: self.0.join("blobs").display().to_string(),
            redis_url: None,
            ..config
        }
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        // Nothing depends on it; the system clears its temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A tenant to measure with.
pub(super) async fn tenant(db: &Database, slug: &str) -> anyhow::Result<TenantScope> {
    let tx = db
        .write(SystemScope::new("make a tenant that is measured"))
        .await?;
    let made = tenant::create(&tx, &slug.parse()?, slug, false, Limits::default()).await?;
    tx.commit().await?;
    let system = SystemScope::new("act for a tenant that is measured");
    Ok(TenantScope::of_system(&system, made.id, Actor::CommandLine))
}
