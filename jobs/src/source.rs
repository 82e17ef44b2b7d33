//! What tenants do to sources: add, change, crawl again, delete. Each is one transaction that changes the source
//! and enqueues what follows.
//!
//! What must stay true: of a source at most one job is unfinished that crawls it, now or later; whoever plans
//! another calls off the one before.

use chrono::{DateTime, Utc};
use serde_json::json;
use tracing::warn;
use wafaa_domain::{Actor, JobId, SourceId, SourceStatus, SystemScope, TenantScope};
use wafaa_storage::{
    Database, Error as StorageError, Tx, audit,
    ledger::{self, Cancelled},
    source::{self, Expecting, NewSource, Reach, Refresh, Source},
};

use crate::{
    Handle, control,
    kind::{Crawl, RemoveSource, enqueue},
    schedule::Schedule,
    web::{Site, Web, page_url},
};

/// Sources that a tenant may have.
pub const MAX_SOURCES: u64 = 100;
/// How many links away from the first page a crawl goes at the most.
pub const MAX_DEPTH: u32 = 5;
/// Pages of a source whose tenant doesn't say.
const PAGES: u32 = 200;
/// Attempts when the database has to choose between a deletion and a crawl.
const ATTEMPTS: u32 = 3;
/// Patterns of one kind, and characters of each.
const PATTERNS: (usize, usize) = (50, 500);

/// What can't be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The field that is wrong.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl Invalid {
    fn new(field: &'static str, message: impl ToString) -> Self {
        Self {
            field,
            message: message.to_string(),
        }
    }
}

/// What a tenant asks for; what it doesn't say has a default.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The page to begin with.
    pub url: String,
    /// How many links away from it.
    pub depth: Option<u32>,
    /// Patterns of addresses that are taken though they are not of the site.
    pub include: Option<Vec<String>>,
    /// Patterns of addresses that are left out.
    pub exclude: Option<Vec<String>>,
    /// How many pages at the most.
    pub max_pages: Option<u32>,
    /// When to look again; never by itself when `None`.
    pub cron: Option<String>,
    /// The time zone of that; UTC when `None`.
    pub timezone: Option<String>,
}

/// What sources go through. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Rows.
    pub db: Database,
    /// The job engine.
    pub jobs: Handle,
    /// Says which addresses may be fetched.
    pub web: Web,
}

impl Sources {
    /// Looks whether what a tenant asks for can be done.
    ///
    /// # Errors
    /// Says which field is wrong.
    pub fn check(&self, wanted: Wanted) -> Result<NewSource, Invalid> {
        let url = page_url(&wanted.url);
        let url = url.ok_or_else(|| Invalid::new("url", "is not the address of a page"))?;
        let allowed = self.web.outbound().check(url.as_str());
        allowed.map_err(|refused| Invalid::new("url", refused))?;
        let most = self.web.settings().max_pages;
        let reach = Reach {
            depth: wanted.depth.unwrap_or(2),
            include: wanted.include.unwrap_or_default(),
            exclude: wanted.exclude.unwrap_or_default(),
            max_pages: wanted.max_pages.unwrap_or(PAGES.min(most)),
        };
        let refresh = Refresh {
            cron: wanted.cron.filter(|cron| !cron.trim().is_empty()),
            timezone: wanted.timezone.unwrap_or_else(|| "UTC".into()),
        };
        if reach.depth > MAX_DEPTH {
            return Err(Invalid::new("depth", format!("is at most {MAX_DEPTH}")));
        }
        if !(1..=most).contains(&reach.max_pages) {
            return Err(Invalid::new("max_pages", format!("is from 1 to {most}")));
        }
        for (field, patterns) in [("include", &reach.include), ("exclude", &reach.exclude)] {
            let (many, long) = PATTERNS;
            if patterns.len() > many || patterns.iter().any(|pattern| pattern.len() > long) {
                let limits = format!("has at most {many} patterns of {long} characters");
                return Err(Invalid::new(field, limits));
            }
            Site::new(&url, patterns, &[]).map_err(|error| Invalid::new(field, error))?;
        }
        check_refresh(&refresh)?;
        Ok(NewSource {
            url: url.into(),
            reach,
            refresh,
        })
    }

    /// Within a transaction, adds a source and has it crawled. Commit, then wake the dispatcher.
    ///
    /// # Errors
    /// [`StorageError::AlreadyExists`] when the tenant has one with this address.
    pub async fn add(
        &self,
        tx: &Tx<TenantScope>,
        new: NewSource,
    ) -> Result<(Source, JobId), StorageError> {
        let detail = json!({ "url": new.url });
        let made = source::create(tx, new).await?;
        let crawl = source::plan(tx, made.id, None).await?;
        let job = start(tx, made.id, crawl, None).await?;
        audit::note(tx, "source.created", Some(&made.id), detail).await?;
        Ok((source::get(tx, made.id).await?, job))
    }

    /// Changes what is taken of a source, and when. What is taken changes with the next crawl.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn change(
        &self,
        scope: &TenantScope,
        id: SourceId,
        reach: &Reach,
        refresh: &Refresh,
    ) -> Result<Source, StorageError> {
        let tx = self.db.write(*scope).await?;
        let before = source::get(&tx, id).await?;
        let after = source::update(&tx, id, reach, refresh).await?;
        let mut cancelled = Vec::new();
        let busy = matches!(after.status, SourceStatus::Queued | SourceStatus::Crawling);
        // The end of a crawl plans the next one anyway.
        if before.refresh != after.refresh && !busy {
            cancelled = self.plan(&tx, &after).await?;
        }
        audit::note(&tx, "source.updated", Some(&id), json!({})).await?;
        let after = source::get(&tx, id).await?;
        tx.commit().await?;
        control::announce(&self.jobs, cancelled);
        Ok(after)
    }

    /// Plans the next crawl by the source's schedule instead of what was planned.
    async fn plan(
        &self,
        tx: &Tx<TenantScope>,
        of: &Source,
    ) -> Result<Vec<Cancelled>, StorageError> {
        let parent = of.id.to_string();
        let Some(at) = next_run(&of.refresh) else {
            source::unplan(tx, of.id).await?;
            return control::cancel_of_parent(&self.jobs, tx, &parent).await;
        };
        let crawl = source::plan(tx, of.id, Some(at)).await?;
        let cancelled = control::cancel_of_parent(&self.jobs, tx, &parent).await?;
        start(tx, of.id, crawl, Some(at)).await?;
        Ok(cancelled)
    }

    /// Crawls a source now.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Stale`] when it is being crawled already.
    pub async fn refresh(
        &self,
        scope: &TenantScope,
        id: SourceId,
    ) -> Result<(Source, JobId), StorageError> {
        let tx = self.db.write(*scope).await?;
        let before = source::get(&tx, id).await?;
        match before.status {
            SourceStatus::Queued | SourceStatus::Crawling => return Err(StorageError::Stale),
            SourceStatus::Ready | SourceStatus::Failed => {}
        }
        let crawl = source::plan(&tx, id, None).await?;
        let parent = id.to_string();
        let cancelled = control::cancel_of_parent(&self.jobs, &tx, &parent).await?;
        let job = start(&tx, id, crawl, None).await?;
        audit::note(&tx, "source.refreshed", Some(&id), json!({})).await?;
        let after = source::get(&tx, id).await?;
        tx.commit().await?;
        control::announce(&self.jobs, cancelled);
        Ok((after, job))
    }

    /// Takes a source out of every listing, and answers the job that removes its documents and what is left of it.
    /// With `keep_documents` they stay, and are nobody's but the tenant's.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete(
        &self,
        scope: &TenantScope,
        id: SourceId,
        keep_documents: bool,
    ) -> Result<JobId, StorageError> {
        let mut attempt = 1;
        loop {
            match self.try_delete(scope, id, keep_documents).await {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }

    async fn try_delete(
        &self,
        scope: &TenantScope,
        id: SourceId,
        keep_documents: bool,
    ) -> Result<JobId, StorageError> {
        let tx = self.db.write(*scope).await?;
        source::delete(&tx, id).await?;
        if keep_documents {
            source::release(&tx, id).await?;
        }
        let parent = id.to_string();
        let cancelled = control::cancel_of_parent(&self.jobs, &tx, &parent).await?;
        let job = enqueue(&tx, &RemoveSource { source: id }).await?;
        let detail = json!({ "keep_documents": keep_documents });
        audit::note(&tx, "source.deleted", Some(&id), detail).await?;
        tx.commit().await?;
        control::announce(&self.jobs, cancelled);
        Ok(job)
    }
}

fn check_refresh(refresh: &Refresh) -> Result<(), Invalid> {
    let cron = refresh.cron.as_deref().unwrap_or("0 0 * * *");
    let schedule = Schedule::parse(cron, &refresh.timezone).map_err(|error| {
        let field = match error {
            crate::schedule::Invalid::Zone(_) => "timezone",
            crate::schedule::Invalid::Fields
            | crate::schedule::Invalid::Field(_)
            | crate::schedule::Invalid::Never => "refresh_cron",
        };
        Invalid::new(field, error)
    })?;
    if schedule.is_hasty() {
        let message = "comes at most once an hour: its first field is one number";
        return Err(Invalid::new("refresh_cron", message));
    }
    Ok(())
}

/// When a source is to be crawled again.
fn next_run(refresh: &Refresh) -> Option<DateTime<Utc>> {
    let schedule = Schedule::parse(refresh.cron.as_deref()?, &refresh.timezone);
    schedule.ok()?.after(Utc::now())
}

/// Within a transaction, enqueues a crawl that has been planned.
async fn start(
    tx: &Tx<TenantScope>,
    id: SourceId,
    crawl: i32,
    at: Option<DateTime<Utc>>,
) -> Result<JobId, StorageError> {
    let job = enqueue(tx, &Crawl::at(id, crawl, at)).await?;
    source::set_job(tx, id, job).await?;
    Ok(job)
}

/// Within the transaction that ends a crawl, plans the next one, if there is to be one.
pub(crate) async fn plan_next(tx: &Tx<TenantScope>, of: &Source) -> Result<(), StorageError> {
    if let Some(at) = next_run(&of.refresh) {
        let crawl = source::plan(tx, of.id, Some(at)).await?;
        start(tx, of.id, crawl, Some(at)).await?;
    }
    Ok(())
}

/// Enqueues what should be there and isn't, such as after a restore.
pub(crate) async fn reconcile(db: &Database) -> Result<(), StorageError> {
    let reason = "see whether every source has its job";
    let tx = db.read(SystemScope::new(reason)).await?;
    let expecting = source::expecting(&tx).await?;
    drop(tx);
    for one in expecting {
        if let Err(error) = restore(db, one).await {
            warn!(source = %one.source, %error, "can't look after a source");
        }
    }
    Ok(())
}

async fn restore(db: &Database, one: Expecting) -> Result<(), StorageError> {
    let reason = "have a source crawled or removed";
    let tx = db.write(SystemScope::new(reason)).await?;
    let tx = tx.narrow(one.tenant, Actor::CommandLine).await?;
    if one.deleted {
        // Of two jobs with its key only one is there.
        enqueue(&tx, &RemoveSource { source: one.source }).await?;
        return tx.commit().await;
    }
    let found = match source::get(&tx, one.source).await {
        Err(StorageError::NotFound) => return Ok(()),
        other => other?,
    };
    let newest = ledger::latest_of_parent(&tx, &one.source.to_string()).await?;
    if newest.is_some_and(|job| !job.state.is_final()) {
        return Ok(());
    }
    match found.status {
        SourceStatus::Queued | SourceStatus::Crawling => {
            let crawl = source::plan(&tx, found.id, None).await?;
            start(&tx, found.id, crawl, None).await?;
        }
        SourceStatus::Ready | SourceStatus::Failed => plan_next(&tx, &found).await?,
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn schedules_are_read_when_they_are_given() {
        let refresh = |cron: Option<&str>, timezone: &str| Refresh {
            cron: cron.map(str::to_owned),
            timezone: timezone.to_owned(),
        };
        let wrong = |cron, timezone| check_refresh(&refresh(cron, timezone)).unwrap_err().field;
        assert_eq!(check_refresh(&refresh(None, "UTC")), Ok(()));
        assert_eq!(
            check_refresh(&refresh(Some("7 4 * * *"), "Asia/Riyadh")),
            Ok(())
        );
        assert_eq!(wrong(Some("*/5 * * * *"), "UTC"), "refresh_cron");
        assert_eq!(wrong(Some("daily"), "UTC"), "refresh_cron");
        assert_eq!(wrong(None, "Nowhere"), "timezone");
        let soon = next_run(&refresh(Some("7 * * * *"), "UTC")).unwrap() - Utc::now();
        assert!(soon.to_std().unwrap() <= Duration::from_secs(3_600));
        assert_eq!(next_run(&refresh(None, "UTC")), None);
    }
}
