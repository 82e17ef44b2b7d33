//! `compact`: keep a tenant's vector table quick after many commits, and forget vectors nobody refers to.

use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use wafaa_domain::Lane;
use wafaa_storage::{embedding, vector::Space};

use super::{Kind, vectors::mend};
use crate::{Context, Done, Failure};

/// Commits gathered into one compaction.
const WINDOW: Duration = Duration::from_secs(300);

/// Compacts one tenant's table.
#[derive(Debug, Serialize, Deserialize)]
pub struct Compact {
    /// Which window of time it is for; one job a tenant and window.
    window: i64,
}

impl Compact {
    /// Within the next few minutes.
    #[must_use]
    pub fn soon() -> Self {
        let length = i64::try_from(WINDOW.as_secs()).unwrap_or(i64::MAX);
        Self {
            window: Utc::now().timestamp() / length,
        }
    }
}

impl Kind for Compact {
    const KIND: &'static str = "compact";
    const LANE: Lane = Lane::Maintenance;
    const TIMEOUT: Duration = Duration::from_secs(900);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("compact:{}", self.window))
    }

    fn delay(&self) -> Duration {
        WINDOW
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let services = context.services();
        let space = Space {
            embedder: services.embedder.id().to_owned(),
            dimension: services.embedder.dimension(),
        };
        let compacted = services.vectors.compact(context.scope(), &space).await;
        if compacted.is_err() {
            mend(context, &space).await?;
        }
        compacted?;
        let tx = context.finish().await?;
        embedding::purge(&tx).await?;
        tx.commit().await
    }
}
