//! `receive`: what a channel's provider has told, and whoever kept it has not taken in, is taken in after all.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracing::error;
use wafaa_domain::{ChannelId, InboundEventId, Lane};
use wafaa_storage::{
    Error,
    channel::{self, Channel},
    inbound_event,
};

use super::{Kind, missing};
use crate::{
    Context, Done, Failure,
    conversation::{TOGETHER, take_in},
};

/// Runs that may fail, or be lost, before the first event is taken for the reason.
const TRIES: i32 = 3;

/// Takes in what is pending.
#[derive(Debug, Serialize, Deserialize)]
pub struct Receive {
    /// By which channel it came.
    pub channel: ChannelId,
    /// This event alone, which could not be taken in with the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<InboundEventId>,
}

impl Receive {
    /// All that is pending.
    pub(crate) const fn all(channel: ChannelId) -> Self {
        Self {
            channel,
            event: None,
        }
    }
}

impl Kind for Receive {
    const KIND: &'static str = "receive";
    const LANE: Lane = Lane::Reply;
    /// What came in is heard before what was said before is answered.
    const PRIORITY: i32 = 1;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn parent(&self) -> Option<String> {
        let all = self.event.is_none();
        all.then(|| self.channel.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let channel = channel::get(&tx, self.channel).await.map_err(missing)?;
        tx.commit().await?;
        match self.event {
            Some(event) => alone(context, &channel, event).await,
            None if context.attempt() == 1 => together(context, &channel).await,
            None if context.attempt() <= TRIES => one_by_one(context, &channel).await,
            None => put_aside(context, &channel).await,
        }
    }
}

async fn together(context: &Context, channel: &Channel) -> Result<Done, Failure> {
    let tx = context.finish().await?;
    let events = inbound_event::pending(&tx, channel.id, TOGETHER).await?;
    tx.tell_all(take_in(&tx, channel, &events).await.map_err(busy)?);
    if events.len() as u64 == TOGETHER {
        tx.enqueue(&Receive::all(channel.id)).await?;
    }
    tx.commit().await
}

/// So that those before one that can't be taken in are taken in all the same.
async fn one_by_one(context: &Context, channel: &Channel) -> Result<Done, Failure> {
    for _ in 0..TOGETHER {
        let tx = context.step(0).await?;
        let events = inbound_event::pending(&tx, channel.id, 1).await?;
        let news = take_in(&tx, channel, &events).await.map_err(busy)?;
        tx.commit().await?;
        context.tell_all(news);
        if events.is_empty() {
            return context.done().await;
        }
    }
    let tx = context.finish().await?;
    tx.enqueue(&Receive::all(channel.id)).await?;
    tx.commit().await
}

/// The first event can't be taken in: those after it go on without it, and it has a job of its own to be tried
/// again, and to be found by in the end.
async fn put_aside(context: &Context, channel: &Channel) -> Result<Done, Failure> {
    let tx = context.finish().await?;
    if let Some(first) = inbound_event::pending(&tx, channel.id, 1).await?.first() {
        error!(event = %first.id(), channel = %channel.id, "an event can't be taken in");
        inbound_event::put_aside(&tx, first.id()).await?;
        let alone = Receive {
            channel: channel.id,
            event: Some(first.id()),
        };
        tx.enqueue(&alone).await?;
    }
    tx.enqueue(&Receive::all(channel.id)).await?;
    tx.commit().await
}

async fn alone(
    context: &Context,
    channel: &Channel,
    event: InboundEventId,
) -> Result<Done, Failure> {
    let tx = context.finish().await?;
    let found = inbound_event::aside(&tx, event).await?;
    let news = take_in(&tx, channel, found.as_slice()).await;
    tx.tell_all(news.map_err(busy)?);
    tx.commit().await
}

/// Others who get in each other's way are no reason to believe that the job isn't ours any more.
fn busy(error: Error) -> Failure {
    match error {
        Error::Stale => Failure::retry("others write to the same conversation"),
        other => other.into(),
    }
}
