//! `crawl`: look at the pages of a source, and make documents of them.
//!
//! A run does what can be done without waiting long, a transaction for each page, and then gives its worker back:
//! the rest is in the pages' rows. So a crawl goes on wherever it was interrupted, and a slow site holds nobody up.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use wafaa_domain::{Failure as Reason, Lane, SourceId, SourceStatus, TenantScope};
use wafaa_storage::{Error, Tx, source};

use super::Kind;
use crate::{Context, Done, Failure, crawl, source::plan_next};

/// Looks at the pages of one source, once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Crawl {
    /// Which source.
    pub source: SourceId,
    /// Which crawl of it; nothing is done unless it is the newest.
    pub crawl: i32,
    #[serde(skip)]
    wait: Duration,
}

impl Crawl {
    /// A crawl that was planned: at this time, or now.
    pub(crate) fn at(source: SourceId, crawl: i32, at: Option<DateTime<Utc>>) -> Self {
        let wait = at.and_then(|at| (at - Utc::now()).to_std().ok());
        Self {
            source,
            crawl,
            wait: wait.unwrap_or_default(),
        }
    }
}

impl Kind for Crawl {
    const KIND: &'static str = "crawl";
    const LANE: Lane = Lane::Maintenance;
    /// Of all the runs together; those that only wait for their turn don't count.
    const MAX_ATTEMPTS: i32 = 30;
    const TIMEOUT: Duration = Duration::from_secs(300);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("crawl:{}:{}", self.source, self.crawl))
    }

    fn order_key(&self) -> Option<String> {
        Some(self.source.to_string())
    }

    fn parent(&self) -> Option<String> {
        Some(self.source.to_string())
    }

    fn delay(&self) -> Duration {
        self.wait
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        crawl::run(context, self.source, self.crawl).await
    }

    async fn ended(&self, tx: &Tx<TenantScope>, reason: &Reason) -> Result<(), Error> {
        let found = match source::get(tx, self.source).await {
            Err(Error::NotFound) => return Ok(()),
            other => other?,
        };
        if found.crawl != self.crawl {
            return Ok(());
        }
        // One that was to begin later, and was called off, says nothing of the source.
        if found.begun == self.crawl || found.status == SourceStatus::Queued {
            source::ended(tx, self.source, self.crawl, Some(&told(reason))).await?;
        }
        plan_next(tx, &found).await
    }
}

/// As the tenant reads it at the source.
fn told(reason: &Reason) -> Reason {
    let message = match reason.code.as_str() {
        "cancelled" => {
            "This crawl was cancelled. What it had found is kept; refresh the source to go on."
        }
        _ => return reason.clone(),
    };
    Reason {
        code: reason.code.clone(),
        message: message.into(),
    }
}
