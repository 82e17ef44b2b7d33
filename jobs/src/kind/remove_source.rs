//! `remove_source`: take the documents of a deleted source out of all answers, then forget it and its pages.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{Lane, SourceId};
use wafaa_storage::source;

use super::Kind;
use crate::{Context, Done, Failure, crawl};

/// Removes one deleted source.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveSource {
    /// Which source.
    pub source: SourceId,
}

impl Kind for RemoveSource {
    const KIND: &'static str = "remove_source";
    const LANE: Lane = Lane::Maintenance;
    /// What a tenant wants gone is tried for as long as it takes.
    const MAX_ATTEMPTS: i32 = 1_000;
    const TIMEOUT: Duration = Duration::from_secs(300);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("remove_source:{}", self.source))
    }

    /// Behind its crawls, so that none of them adds a document after it.
    fn order_key(&self) -> Option<String> {
        Some(self.source.to_string())
    }

    /// Not the source's: calling off its crawls must not call this off.
    fn parent(&self) -> Option<String> {
        None
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        while crawl::drop_unseen(context, self.source, i32::MAX, None).await? {}
        let tx = context.finish().await?;
        source::remove(&tx, self.source).await?;
        tx.commit().await
    }
}
