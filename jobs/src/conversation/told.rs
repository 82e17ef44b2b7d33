//! What a provider tells of a message of ours, in a status or by an echo.

use chrono::{DateTime, Utc};
use wafaa_channels::{Inbound, Remedy};
use wafaa_domain::{Failure, MessageId, MessageStatus};
use wafaa_storage::message::StatusUpdate;

/// What became of a message of ours, as the provider told it.
pub(crate) struct Told {
    provider_id: Option<String>,
    ours: Option<MessageId>,
    status: MessageStatus,
    at: DateTime<Utc>,
    error: Option<Failure>,
    /// The provider refuses the channel's token, not just this message.
    is_cut_off: bool,
}

impl Told {
    /// The provider has taken a message of ours, says its echo.
    pub(crate) const fn echoed(provider_id: String, ours: MessageId, at: DateTime<Utc>) -> Self {
        Self {
            provider_id: Some(provider_id),
            ours: Some(ours),
            status: MessageStatus::Sent,
            at,
            error: None,
            is_cut_off: false,
        }
    }

    /// What an event says of a message of ours, if it does.
    pub(crate) fn of(event: &Inbound) -> Option<Self> {
        match event {
            Inbound::Status {
                provider_id,
                ours,
                status,
                at,
                error,
                ..
            } => Some(Self {
                provider_id: provider_id.clone(),
                ours: *ours,
                status: *status,
                at: *at,
                error: error.as_ref().map(|error| Failure {
                    code: error.code.clone(),
                    message: error.detail.clone(),
                }),
                is_cut_off: error
                    .as_ref()
                    .is_some_and(|error| error.remedy == Remedy::Reconnect),
            }),
            Inbound::Echo {
                provider_id,
                ours: Some(ours),
                at,
                ..
            } => Some(Self::echoed(provider_id.clone(), *ours, *at)),
            Inbound::Message { .. }
            | Inbound::Edited { .. }
            | Inbound::Withdrawn { .. }
            | Inbound::ReadUpTo { .. }
            | Inbound::DeliveredUpTo { .. }
            | Inbound::Echo { .. }
            | Inbound::Identified { .. }
            | Inbound::Moved { .. }
            | Inbound::Marketing { .. }
            | Inbound::Account { .. }
            | Inbound::Reply { .. }
            | Inbound::Unsupported { .. } => None,
        }
    }

    /// What is to be applied.
    pub(crate) fn update(&self) -> StatusUpdate<'_> {
        StatusUpdate {
            provider_id: self.provider_id.as_deref(),
            ours: self.ours,
            status: self.status,
            at: self.at,
            error: self.error.as_ref(),
        }
    }

    /// Whether the message was refused.
    pub(crate) fn is_failure(&self) -> bool {
        self.status == MessageStatus::Failed
    }

    /// Why the channel must be connected anew, when it must.
    pub(crate) fn cut_off(&self) -> Option<&str> {
        let error = self.error.as_ref().filter(|_| self.is_cut_off)?;
        Some(&error.message)
    }
}
