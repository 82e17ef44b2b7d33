//! Jobs by lane, kind and state, as the ledger has them. Every process that is asked answers the same, so
//! dashboards take the maximum over processes, never the sum.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use wafaa_domain::SystemScope;
use wafaa_storage::{
    Database,
    ledger::{self, Stats},
    tenant::Class,
};

use super::text::Text;

/// How long what was read is shown again: several scrapers cost one query.
const FRESH: Duration = Duration::from_secs(2);
/// How long the database may take before the rest is shown without it.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was read last. Cloning is cheap.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    /// Held while reading, so that scrapes that come together read once.
    last: Arc<Mutex<Option<(Instant, String)>>>,
}

impl Ledger {
    /// The families, or nothing while the database is away.
    pub(crate) async fn text(&self, db: &Database) -> String {
        let mut last = self.last.lock().await;
        if let Some((read, text)) = &*last
            && read.elapsed() < FRESH
        {
            return text.clone();
        }
        let text = match timeout(PATIENCE, read(db)).await {
            Ok(Ok(stats)) => text(&stats),
            Ok(Err(error)) => {
                tracing::warn!(%error, "can't count jobs for the metrics");
                String::new()
            }
            Err(_) => {
                tracing::warn!("counting jobs for the metrics takes too long");
                String::new()
            }
        };
        *last = Some((Instant::now(), text.clone()));
        text
    }
}

async fn read(db: &Database) -> wafaa_storage::Result<Vec<(Class, Stats)>> {
    let tx = db
        .read(SystemScope::new("count jobs for the metrics"))
        .await?;
    let stats = ledger::stats_by_class(&tx).await?;
    tx.commit().await?;
    Ok(stats)
}

fn text(stats: &[(Class, Stats)]) -> String {
    let mut text = Text::default();
    let name = "wafaa_jobs";
    text.family(name, "gauge", "Jobs in the ledger.");
    for (class, stats) in stats {
        for stat in &stats.counts {
            let labels = [
                ("lane", stat.lane.as_str()),
                ("kind", &stat.kind),
                ("state", stat.state.as_str()),
                ("class", class.as_str()),
            ];
            text.series(name, &labels, stat.jobs);
        }
    }
    let name = "wafaa_jobs_oldest_ready_seconds";
    text.family(name, "gauge", "How long the oldest ready job has been due.");
    for (class, stats) in stats {
        for lane in &stats.lanes {
            let seconds = Duration::from_millis(lane.oldest_ready_ms).as_secs_f64();
            let labels = [("lane", lane.lane.as_str()), ("class", class.as_str())];
            text.series(name, &labels, seconds);
        }
    }
    text.finish()
}
