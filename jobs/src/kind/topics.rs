//! `topics`: what a customer's message is about.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{Lane, MessageId};
use wafaa_pipelines::insight::topic::topics;
use wafaa_storage::message;

use super::{Kind, missing};
use crate::{Context, Done, Failure};

/// Labels one message.
#[derive(Debug, Serialize, Deserialize)]
pub struct Topics {
    /// Which message.
    pub message: MessageId,
}

impl Kind for Topics {
    const KIND: &'static str = "topics";
    const LANE: Lane = Lane::Insight;
    const MAX_ATTEMPTS: i32 = 5;
    const TIMEOUT: Duration = Duration::from_secs(30);

    fn parent(&self) -> Option<String> {
        Some(self.message.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        // Less than a millisecond of work, which is no reason for a transaction more.
        let tx = context.finish().await?;
        let found = message::get(&tx, self.message).await.map_err(missing)?;
        let Some(words) = found.content.words() else {
            return tx.commit().await;
        };
        let found = topics(words, found.language.as_deref());
        if found.phrases.is_empty() {
            return tx.commit().await;
        }
        let label = message::Topics {
            phrases: found.phrases,
            method: found.method.to_owned(),
        };
        message::label_topics(&tx, self.message, &label).await?;
        tx.commit().await
    }
}
