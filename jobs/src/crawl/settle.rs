//! Being done with a page: what became of it, and where it leads, in one transaction.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use wafaa_domain::{Failure as Reason, PageStatus, TenantScope};
use wafaa_storage::{
    Tx,
    source::{self, Settled, Sighting, SourcePage},
};

use super::{Trip, drop_document, visit::LONGEST_WAIT};
use crate::Failure;

/// How often a page is tried in one crawl.
const ATTEMPTS: i32 = 3;

/// What becomes of a page that is no document.
pub(super) struct Verdict {
    pub(super) status: PageStatus,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Verdict {
    /// It is looked at, and is to be no document.
    pub(super) fn skipped(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: PageStatus::Skipped,
            code,
            message: message.into(),
        }
    }

    /// It can't be looked at; what it was before, it is still.
    pub(super) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: PageStatus::Failed,
            code,
            message: message.into(),
        }
    }
}

impl Trip<'_> {
    /// Keeps a page as it is, on its server's word.
    pub(super) async fn unchanged(
        &self,
        page: &SourcePage,
        sitemaps: Vec<Sighting>,
    ) -> Result<(), Failure> {
        let tx = self.step().await?;
        let links = source::links(&tx, self.source.id, page.id).await?;
        let settled = Settled {
            http_status: Some(304),
            ..as_before(page, PageStatus::Unchanged)
        };
        let leads: Vec<Sighting> = sitemaps
            .into_iter()
            .chain(self.leads(page, &links))
            .collect();
        self.note(&tx, page, &settled, &leads).await?;
        Ok(tx.commit().await?)
    }

    /// Tries again a little later, or leaves it as it is.
    pub(super) async fn put_off(
        &self,
        page: &SourcePage,
        status: Option<u16>,
        after: Option<Duration>,
        why: &str,
    ) -> Result<(), Failure> {
        let patient = after.is_none_or(|after| after <= LONGEST_WAIT);
        if page.attempts + 1 >= ATTEMPTS || !patient {
            let verdict = Verdict::failed("unreachable", format!("It can't be fetched: {why}."));
            return self.settle(page, status, verdict, &[]).await;
        }
        let retry = self.context.services().web.settings().retry;
        let factor = 3_u32.saturating_pow(u32::try_from(page.attempts).unwrap_or(0));
        let wait = after.unwrap_or_default().max(retry.saturating_mul(factor));
        let wait = TimeDelta::from_std(wait).unwrap_or_default();
        let tx = self.step().await?;
        source::postpone(&tx, self.source.id, page.id, self.crawl, Utc::now() + wait).await?;
        Ok(tx.commit().await?)
    }

    /// Is done with a page that is no document, or stays what it was; notes where it leads.
    pub(super) async fn settle(
        &self,
        page: &SourcePage,
        status: Option<u16>,
        verdict: Verdict,
        leads: &[Sighting],
    ) -> Result<(), Failure> {
        let tx = self.step().await?;
        let mut settled = as_before(page, verdict.status);
        settled.http_status = status;
        settled.reason = Some(Reason {
            code: verdict.code.into(),
            message: verdict.message,
        });
        if verdict.status != PageStatus::Failed {
            drop_document(&tx, page).await?;
            settled = Settled {
                etag: None,
                last_modified: None,
                content_hash: None,
                title: None,
                links: Some(Vec::new()),
                document: None,
                bytes: 0,
                ..settled
            };
        }
        self.note(&tx, page, &settled, leads).await?;
        Ok(tx.commit().await?)
    }

    /// Notes what became of a page, and where it leads.
    pub(super) async fn note(
        &self,
        tx: &Tx<TenantScope>,
        page: &SourcePage,
        settled: &Settled,
        leads: &[Sighting],
    ) -> Result<(), Failure> {
        source::settle(tx, self.source.id, page.id, self.crawl, settled).await?;
        let most = self.source.reach.max_pages;
        let most = most.min(self.context.services().web.settings().max_pages);
        let id = self.source.id;
        if !source::sight(tx, id, self.crawl, leads, most).await? {
            source::set_truncated(tx, id, self.crawl).await?;
        }
        Ok(())
    }
}

/// A page as it was, with another status.
fn as_before(page: &SourcePage, status: PageStatus) -> Settled {
    Settled {
        status,
        reason: None,
        http_status: page.http_status,
        etag: page.etag.clone(),
        last_modified: page.last_modified.clone(),
        content_hash: page.content_hash,
        title: page.title.clone(),
        links: None,
        document: page.document,
        bytes: page.bytes,
    }
}
