//! `reconcile_delivery`: statuses that came before the message they are about was known are applied again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_channels::adapter;
use wafaa_domain::{Failure as Reason, InboundEventId, Lane, TenantScope};
use wafaa_storage::{
    Error, Tx, channel, inbound_event,
    message::{self, Applied},
};

use super::{Kind, account, missing};
use crate::{Context, Done, Failure, NewsKind, conversation::Told};

/// A send is recorded within moments of the provider's answer.
const SOON: Duration = Duration::from_secs(2);

/// Applies what one event says of deliveries.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReconcileDelivery {
    /// What was received.
    pub event: InboundEventId,
}

impl Kind for ReconcileDelivery {
    const KIND: &'static str = "reconcile_delivery";
    const LANE: Lane = Lane::Maintenance;
    /// Until about a minute later: what is not known then is not ours.
    const MAX_ATTEMPTS: i32 = 5;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn delay(&self) -> Duration {
        SOON
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let event = inbound_event::get(&tx, self.event).await.map_err(missing)?;
        let channel = channel::get(&tx, event.channel).await.map_err(missing)?;
        tx.commit().await?;
        let account = account(context.services(), context.scope(), &channel)?;
        let events = adapter(channel.kind)
            .parse(&account, &event.body)
            .map_err(|error| Failure::dead("malformed", error.to_string()))?;
        let tx = context.services().db.write(*context.scope()).await?;
        let (mut missing, mut moved) = (0, Vec::new());
        for told in events.iter().filter_map(Told::of) {
            match message::apply_status(&tx, channel.id, &told.update()).await? {
                Applied::Unknown => missing += 1,
                Applied::Old(_) => {}
                Applied::Moved(message) => moved.push(message),
            }
        }
        tx.commit().await?;
        for message in moved {
            context.tell(
                NewsKind::MessageChanged,
                message.conversation,
                Some(message.id),
            );
        }
        if missing > 0 && context.attempt() < Self::MAX_ATTEMPTS {
            return Err(Failure::Retry(format!(
                "{missing} messages are not known yet"
            )));
        }
        let tx = context.finish().await?;
        inbound_event::set_unsettled(&tx, self.event, false).await?;
        tx.commit().await
    }

    async fn ended(&self, tx: &Tx<TenantScope>, _: &Reason) -> Result<(), Error> {
        match inbound_event::set_unsettled(tx, self.event, false).await {
            Err(Error::NotFound) => Ok(()),
            other => other,
        }
    }
}
