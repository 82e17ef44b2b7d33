//! `evaluate_change`: try the golden questions some minutes after the documents have changed, for tenants that want
//! it. However many documents change together, they are tried once.

use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use wafaa_domain::{DocumentStatus, Lane, TenantScope, Trigger};
use wafaa_storage::{Error, Tx, bot, document, evaluation};

use super::{Kind, enqueue};
use crate::{
    Context, Done, Failure,
    evaluation::{Error as NotStarted, start},
};

/// Changes gathered into one evaluation.
const WINDOW: Duration = Duration::from_secs(300);
/// When to look again whether there is still work on documents.
const PATIENCE: Duration = Duration::from_secs(60);

/// Has the golden questions of one tenant tried.
#[derive(Debug, Serialize, Deserialize)]
pub struct EvaluateChange {
    /// Which window of time it is for; one job a tenant and window.
    window: i64,
}

impl EvaluateChange {
    /// Within the transaction that changes what answers, enqueues it for a tenant that wants it.
    ///
    /// # Errors
    /// When the database can't be written.
    pub(crate) async fn if_wanted(tx: &Tx<TenantScope>) -> Result<(), Error> {
        let (settings, _) = bot::get(tx).await?;
        if settings.evaluate_on_change {
            let length = i64::try_from(WINDOW.as_secs()).unwrap_or(i64::MAX);
            let window = Utc::now().timestamp() / length;
            enqueue(tx, &Self { window }).await?;
        }
        Ok(())
    }
}

impl Kind for EvaluateChange {
    const KIND: &'static str = "evaluate_change";
    const LANE: Lane = Lane::Maintenance;
    const MAX_ATTEMPTS: i32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.window))
    }

    fn delay(&self) -> Duration {
        WINDOW
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let (settings, bot_version) = bot::get(&tx).await?;
        let knowledge = document::stamp(&tx).await?;
        let is_working = is_working(&tx).await?;
        let newest = evaluation::list(&tx, None, None, 1).await?.rows.pop();
        tx.commit().await?;
        let is_known = newest.is_some_and(|newest| {
            newest.knowledge == knowledge && newest.bot_version == bot_version
        });
        if !settings.evaluate_on_change || is_known {
            return context.done().await;
        }
        if is_working {
            let why = "documents are still being worked on".into();
            return Err(Failure::Snooze(PATIENCE, why));
        }
        let tx = context.finish().await?;
        match start(&tx, Trigger::Change).await {
            Ok(_) | Err(NotStarted::NoQuestions) => tx.commit().await,
            Err(NotStarted::UnderWay) => {
                let why = "the golden questions are being tried already".into();
                Err(Failure::Snooze(PATIENCE, why))
            }
            Err(NotStarted::Storage(error)) => Err(error.into()),
        }
    }
}

/// Whether documents are on their way: then the knowledge will change again.
async fn is_working(tx: &Tx<TenantScope>) -> Result<bool, Error> {
    for status in [DocumentStatus::Queued, DocumentStatus::Processing] {
        let one = document::list(tx, Some(status), None, 1).await?;
        if !one.rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
