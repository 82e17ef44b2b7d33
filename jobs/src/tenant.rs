//! What operators do to whole tenants: erase one, and have one's vectors made anew.
//!
//! Erasing goes in this order. First, in one transaction, every row: from then on no job of the tenant can
//! start, and none that runs can commit. Then vectors and files. A run that was under way may still write a
//! file until it notices, so whoever erases waits for it to end (or for its lease to run out, when it is
//! another process') and removes again what has appeared. Only then is the receipt given. An erasure that is
//! interrupted is brought to its end by any process' upkeep, which also looks after what a process that was
//! paused for longer than its lease may leave behind.

use std::time::{Duration, Instant};

use chrono::Utc;
use tracing::{info, warn};
use wafaa_domain::{Actor, DocumentId, SystemScope, TenantId, TenantScope};
use wafaa_storage::{
    Database, Error as StorageError, Tx, archive, audit,
    blob::{self, Blobs},
    document,
    erasure::{self, Deleted, Files, Open, Receipt, Run, Vectors as Erased},
    tenant,
    vector::{self, Vectors},
};

use crate::{
    Handle, Services,
    kind::{Reindex, enqueue},
};

/// Attempts when the database has to choose between two transactions.
const ATTEMPTS: u32 = 5;
/// How often it is looked whether a run has ended.
const POLL: Duration = Duration::from_millis(50);
/// Documents read at once.
const STRIDE: u64 = 500;

/// A tenant could not be erased.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rows could not be deleted; nothing has changed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Files are left; what began goes on by itself later.
    #[error("the rows are gone, but not all files yet: {0}")]
    Blob(#[from] blob::Error),
    /// Vectors are left; what began goes on by itself later.
    #[error("the rows are gone, but not all vectors yet: {0}")]
    Vectors(#[from] vector::Error),
}

/// The stores and the engine that hold what tenants have. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Tenants {
    /// Rows.
    pub db: Database,
    /// Files.
    pub blobs: Blobs,
    /// Vectors.
    pub vectors: Vectors,
}

impl From<&Services> for Tenants {
    fn from(services: &Services) -> Self {
        Self {
            db: services.db.clone(),
            blobs: services.blobs.clone(),
            vectors: services.vectors.clone(),
        }
    }
}

impl Tenants {
    /// Erases all there is of a tenant, and answers the receipt once nothing is left. Of a tenant that was
    /// erased before it answers that receipt.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] when there is no such tenant and never was; or when something is left.
    pub async fn erase(
        &self,
        jobs: &Handle,
        tenant: TenantId,
        actor: Actor,
    ) -> Result<Receipt, Error> {
        let (mut erasure, running) = match self.delete_rows(tenant, actor).await {
            Ok((erasure, deleted)) => (erasure, deleted.running),
            Err(StorageError::NotFound) => (self.before(tenant).await?, Vec::new()),
            Err(error) => return Err(error.into()),
        };
        if erasure.receipt.is_genuine() {
            return Ok(erasure.receipt);
        }
        running.iter().for_each(|run| jobs.stop(run.job));
        // Once at once, so that most is gone soon, and once when nobody can add to it any more.
        let scope = self.scope(tenant).await?;
        if let Err(error) = self.remove_files(&scope, &mut erasure.receipt).await {
            warn!(%error, "a run still writes what is being removed; it is removed again");
        }
        ended(jobs, &running).await;
        let mut attempt = 1;
        // A run that outlived its lease may still write what is being removed.
        while let Err(error) = self.finish(&scope, &mut erasure).await {
            if attempt == ATTEMPTS || matches!(error, Error::Storage(_)) {
                return Err(error);
            }
            warn!(%error, "removing what is left of a tenant is tried again");
            attempt += 1;
            tokio::time::sleep(POLL * attempt).await;
        }
        Ok(erasure.receipt)
    }

    async fn before(&self, tenant: TenantId) -> Result<Open, StorageError> {
        let tx = self
            .db
            .read(SystemScope::new("find the receipt of an erasure"))
            .await?;
        erasure::of(&tx, tenant).await
    }

    async fn delete_rows(
        &self,
        tenant: TenantId,
        actor: Actor,
    ) -> Result<(Open, Deleted), StorageError> {
        let mut attempt = 1;
        loop {
            match self.try_delete_rows(tenant, actor).await {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    warn!(%error, "erasing a tenant is tried again");
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_delete_rows(
        &self,
        id: TenantId,
        actor: Actor,
    ) -> Result<(Open, Deleted), StorageError> {
        let tx = self.db.write(SystemScope::new("erase a tenant")).await?;
        let found = tenant::get(&tx, id).await?;
        let schema = archive::schema(&tx).await?;
        let receipt = Receipt::begun(id, found.slug, actor.to_string());
        let mut erasure = erasure::open(&tx, receipt).await?;
        let tx = tx.narrow(id, actor).await?;
        let deleted = erasure::delete_rows(&tx, &schema).await?;
        let tx = tx
            .widen(SystemScope::new("note what was erased of a tenant"))
            .await?;
        erasure.receipt.rows.clone_from(&deleted.rows);
        erasure::note(&tx, &erasure).await?;
        tx.commit().await?;
        Ok((erasure, deleted))
    }

    /// Removes what has appeared since, and keeps the receipt.
    async fn finish(&self, scope: &TenantScope, erasure: &mut Open) -> Result<(), Error> {
        self.remove_files(scope, &mut erasure.receipt).await?;
        let tx = self.db.write(*scope).await?;
        let log = erasure::delete_log(&tx).await?;
        *erasure.receipt.rows.entry("audit_log".into()).or_default() += log;
        erasure.receipt.finish();
        let tx = tx
            .widen(SystemScope::new("keep the receipt of an erasure"))
            .await?;
        erasure::close(&tx, erasure).await?;
        audit::note_system(
            &tx,
            &erasure.receipt.requested_by,
            "tenant.erased",
            Some(&erasure.tenant),
            serde_json::json!({ "receipt": erasure.receipt.sha256 }),
        )
        .await?;
        tx.commit().await?;
        info!(tenant = %erasure.tenant, "a tenant is erased");
        Ok(())
    }

    async fn remove_files(&self, scope: &TenantScope, receipt: &mut Receipt) -> Result<(), Error> {
        let vectors = self.vectors.measure(scope).await?;
        self.vectors.remove_tenant(scope).await?;
        receipt.vectors = Erased {
            tables: receipt.vectors.tables.max(vectors.tables),
            passages: receipt.vectors.passages + vectors.passages,
            bytes: receipt.vectors.bytes + vectors.bytes,
        };
        let blobs = self.blobs.measure(scope).await?;
        self.blobs.delete_tenant(scope).await?;
        receipt.blobs = Files {
            files: receipt.blobs.files + blobs.files,
            bytes: receipt.blobs.bytes + blobs.bytes,
        };
        Ok(())
    }

    async fn scope(&self, tenant: TenantId) -> Result<TenantScope, StorageError> {
        let tx = self
            .db
            .read(SystemScope::new("remove the files of an erased tenant"))
            .await?;
        Ok(*tx.narrow(tenant, Actor::CommandLine).await?.scope())
    }

    /// Removes what a run left behind that went on after its tenant was erased. As long as the erasure is under
    /// way this is left to it: it counts what it removes.
    pub(crate) async fn look_after(&self, tenant: TenantId) -> Result<(), Error> {
        let tx = self
            .db
            .read(SystemScope::new("see whether a stale run's tenant is gone"))
            .await?;
        match tenant::get(&tx, tenant).await {
            Err(StorageError::NotFound) => {}
            other => return Ok(other.map(drop)?),
        }
        match erasure::of(&tx, tenant).await {
            Ok(erasure) if erasure.receipt.finished_at.is_none() => return Ok(()),
            Ok(_) | Err(StorageError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        drop(tx);
        let scope = self.scope(tenant).await?;
        self.vectors.remove_tenant(&scope).await?;
        self.blobs.delete_tenant(&scope).await?;
        Ok(())
    }

    /// Ends erasures that were interrupted, and looks after those of late.
    pub(crate) async fn upkeep(&self) -> Result<(), Error> {
        let tx = self
            .db
            .read(SystemScope::new("look for erasures that were interrupted"))
            .await?;
        let unfinished = erasure::unfinished(&tx).await?;
        let lately = erasure::lately(&tx).await?;
        drop(tx);
        for tenant in lately {
            self.look_after(tenant).await?;
        }
        for mut erasure in unfinished {
            // Whoever began it may be about to end it.
            if Utc::now() - erasure.receipt.started_at < chrono::TimeDelta::minutes(5) {
                continue;
            }
            let scope = self.scope(erasure.tenant).await?;
            match self.finish(&scope, &mut erasure).await {
                Err(Error::Storage(StorageError::Stale)) => {}
                other => other?,
            }
        }
        Ok(())
    }
}

/// Waits until none of the runs can write anything any more.
async fn ended(jobs: &Handle, running: &[Run]) {
    let begun = Instant::now();
    let here = |run: &Run| jobs.runs(run.job);
    // What is not this process' is some other one's, until its lease says otherwise.
    let elsewhere = running.iter().filter(|run| !here(run));
    let until = elsewhere.map(|run| run.lease).max();
    while running.iter().any(here) || until.is_some_and(|until| begun.elapsed() < until) {
        tokio::time::sleep(POLL).await;
    }
}

/// Enqueues the making anew of all the tenant's vectors, and answers of how many documents.
///
/// # Errors
/// When the database can't be written.
pub async fn rebuild_vectors(tx: &Tx<TenantScope>) -> Result<u64, StorageError> {
    let (mut before, mut enqueued): (Option<DocumentId>, u64) = (None, 0);
    loop {
        let page = document::list(tx, None, before, STRIDE).await?;
        before = page.rows.last().map(|found| found.id);
        for found in page
            .rows
            .iter()
            .filter(|found| found.live_version.is_some())
        {
            enqueue(tx, &Reindex { document: found.id }).await?;
            enqueued += 1;
        }
        if !page.more {
            return Ok(enqueued);
        }
    }
}
