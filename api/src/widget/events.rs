//! Following a conversation as its visitor.
//!
//! Messages are told in their order, each once it is settled whether the visitor sees it: a draft that isn't
//! sent yet holds back what comes after. So the number of the last message told says all that was told, and a
//! client that comes back with it misses nothing and hears nothing twice.

use std::{collections::VecDeque, time::Duration};

use futures::stream;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until},
};
use wafaa_domain::{ConversationId, ConversationStatus, TenantScope};
use wafaa_jobs::{News, NewsKind};
use wafaa_storage::{Error as StorageError, conversation, message};

use super::view::{Event, visible};
use crate::{
    state::State,
    stream::{Events, numbered},
};

/// How often to look without being told.
const EVERY: Duration = Duration::from_secs(3);
/// Messages read at once.
const STRIDE: u64 = 100;

struct Following {
    state: State,
    scope: TenantScope,
    conversation: ConversationId,
    listening: Receiver<News>,
    /// The number of the last message that was told, or is never to be.
    told: i64,
    turn: Option<(ConversationStatus, Option<i32>)>,
    /// To be told.
    ready: VecDeque<Event>,
}

/// What happens in a conversation after the message with this number, from then to now and on.
pub(super) fn of(
    state: &State,
    scope: TenantScope,
    conversation: ConversationId,
    after: i64,
    listening: Receiver<News>,
) -> Events<Event> {
    let following = Following {
        state: state.clone(),
        scope,
        conversation,
        listening,
        told: after,
        turn: None,
        ready: VecDeque::new(),
    };
    let events = stream::unfold((following, true), |(mut following, first)| async move {
        let next = following.next(first).await?;
        Some((next, (following, false)))
    });
    numbered(state, Event::name, Event::id, events)
}

impl Following {
    /// What is to be told next; `None` when the conversation is gone.
    async fn next(&mut self, first: bool) -> Option<Event> {
        let mut look = first;
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if !look && let Some(typing) = self.wait().await {
                return Some(typing);
            }
            look = false;
            match self.look().await {
                Ok(()) => {}
                Err(StorageError::NotFound) => return None,
                // It will be seen a little later.
                Err(error) => {
                    tracing::warn!(%error, "could not look at a conversation that is followed");
                }
            }
        }
    }

    /// Until something happened in the conversation, or a while has passed. Somebody's writing is told at once.
    async fn wait(&mut self) -> Option<Event> {
        let deadline = Instant::now() + EVERY;
        loop {
            tokio::select! {
                () = sleep_until(deadline) => return None,
                heard = self.listening.recv() => match heard {
                    Ok(news) if news.conversation_id != Some(self.conversation) => {}
                    Ok(news) if news.news == NewsKind::Typing => return Some(Event::typing()),
                    // Something was missed; it may have been ours.
                    Ok(_) | Err(RecvError::Lagged(_)) => return None,
                    Err(RecvError::Closed) => {
                        sleep_until(deadline).await;
                        return None;
                    }
                },
            }
        }
    }

    /// Reads what is new.
    async fn look(&mut self) -> Result<(), StorageError> {
        let tx = self.state.db().read(self.scope).await?;
        let now = conversation::get(&tx, self.conversation).await?;
        let new = if now.seq > self.told {
            message::after(&tx, self.conversation, self.told, STRIDE).await?
        } else {
            Vec::new()
        };
        tx.commit().await?;
        for message in new {
            let Some(shown) = visible(&message) else {
                break;
            };
            self.told = message.seq;
            if shown {
                self.ready.push_back(Event::Message(message.into()));
            }
        }
        let turn = (now.status, now.csat);
        if self.turn != Some(turn) {
            self.turn = Some(turn);
            self.ready.push_back(Event::turn(now.status, now.csat));
        }
        Ok(())
    }
}
