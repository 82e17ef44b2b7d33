//! `sentiment`: how a customer's message sounds.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_domain::{Lane, MessageId};
use wafaa_pipelines::insight::sentiment::sentiment;
use wafaa_storage::message;

use super::{Kind, missing};
use crate::{Context, Done, Failure};

/// Labels one message.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sentiment {
    /// Which message.
    pub message: MessageId,
}

impl Kind for Sentiment {
    const KIND: &'static str = "sentiment";
    const LANE: Lane = Lane::Insight;
    const MAX_ATTEMPTS: i32 = 5;
    const TIMEOUT: Duration = Duration::from_secs(30);

    fn parent(&self) -> Option<String> {
        Some(self.message.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        // Some microseconds of work, which are no reason for a transaction more.
        let tx = context.finish().await?;
        let found = message::get(&tx, self.message).await.map_err(missing)?;
        let Some(words) = found.content.words() else {
            return tx.commit().await;
        };
        let sound = sentiment(words, found.language.as_deref());
        let label = message::Sentiment {
            label: sound.label.as_str().to_owned(),
            score: sound.score,
            method: sound.method.to_owned(),
        };
        message::label_sentiment(&tx, self.message, &label).await?;
        tx.commit().await
    }
}
