//! `escalate`: a conversation that nobody has claimed in time becomes urgent.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use wafaa_domain::{ConversationId, Lane};
use wafaa_storage::{Error, conversation};

use super::Kind;
use crate::{
    Context, Done, Failure, NewsKind,
    conversation::{event, of_conversation, tell_systems},
};

/// Looks whether a conversation still waits.
#[derive(Debug, Serialize, Deserialize)]
pub struct Escalate {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Since when it waited: a later wait has a job of its own.
    pub since: DateTime<Utc>,
    #[serde(skip)]
    wait: Duration,
}

impl Escalate {
    /// Looks after `wait`.
    pub(crate) const fn after(
        conversation: ConversationId,
        since: DateTime<Utc>,
        wait: Duration,
    ) -> Self {
        Self {
            conversation,
            since,
            wait,
        }
    }
}

impl Kind for Escalate {
    const KIND: &'static str = "escalate";
    const LANE: Lane = Lane::Reply;
    const TIMEOUT: Duration = Duration::from_secs(30);

    fn parent(&self) -> Option<String> {
        Some(self.conversation.to_string())
    }

    fn delay(&self) -> Duration {
        self.wait
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.finish().await?;
        match conversation::escalate(&tx, self.conversation, self.since).await {
            Ok(urgent) => {
                tell_systems(&tx, event::ESCALATED, of_conversation(&urgent)).await?;
                tx.tell(NewsKind::Conversation, self.conversation, None);
                tx.commit().await
            }
            // Somebody has it, or it is closed.
            Err(Error::Stale | Error::NotFound) => {
                drop(tx);
                context.done().await
            }
            Err(error) => Err(error.into()),
        }
    }
}
