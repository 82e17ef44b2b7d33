//! What providers tell us, in one vocabulary.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wafaa_domain::{Content, MessageId, MessageStatus};

/// One event of a webhook. `external_id` says which of the tenant's numbers, pages or bots it concerns.
///
/// It is kept as JSON for the moments until it is taken in, maybe by the version before or after this one: a field that is
/// added must be optional.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inbound {
    /// A customer wrote. What we have no words for is [`Content::Unsupported`].
    Message {
        /// The provider's id, unique within the channel.
        provider_id: String,
        /// Who wrote.
        from: Sender,
        /// To which number, page or bot.
        external_id: Option<String>,
        /// Where, when that isn't the private chat with the sender; given back in [`crate::Outbound`].
        thread: Option<String>,
        /// The provider's id of the message it answers.
        reply_to: Option<String>,
        /// When.
        at: DateTime<Utc>,
        /// What.
        content: Content,
    },
    /// An earlier message was changed.
    Edited {
        /// Its provider id.
        provider_id: String,
        /// On which number, page or bot.
        external_id: Option<String>,
        /// When.
        at: DateTime<Utc>,
        /// What it says now.
        content: Content,
    },
    /// An earlier message was taken back.
    Withdrawn {
        /// Its provider id.
        provider_id: String,
        /// On which number, page or bot.
        external_id: Option<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Something became of a message of ours.
    Status {
        /// Its provider id.
        provider_id: Option<String>,
        /// Our id, where the provider gives it back.
        ours: Option<MessageId>,
        /// What became of it.
        status: MessageStatus,
        /// When.
        at: DateTime<Utc>,
        /// Why it failed.
        error: Option<ProviderError>,
        /// To whom it went.
        recipient: Option<String>,
        /// From which number, page or bot.
        external_id: Option<String>,
    },
    /// The customer has read everything until then.
    ReadUpTo {
        /// The customer.
        recipient: String,
        /// Until when.
        at: DateTime<Utc>,
        /// From which page.
        external_id: Option<String>,
    },
    /// Everything until then has reached the customer's device.
    DeliveredUpTo {
        /// The customer.
        recipient: String,
        /// Until when.
        at: DateTime<Utc>,
        /// From which page.
        external_id: Option<String>,
    },
    /// A message to a customer, sent by us or by a person in the provider's own app.
    Echo {
        /// Its provider id.
        provider_id: String,
        /// Our id, when it was ours and the provider gives it back.
        ours: Option<MessageId>,
        /// To whom it went.
        recipient: String,
        /// Where, as in [`Self::Message`].
        thread: Option<String>,
        /// What it says.
        content: Content,
        /// When.
        at: DateTime<Utc>,
        /// From which number, page or bot.
        external_id: Option<String>,
    },
    /// These identities belong to one person: the number has changed, or another id became known.
    Identified {
        /// The person, the identity to use from now on first.
        from: Sender,
        /// On which number.
        external_id: Option<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// What a thread is called has changed: a group has become a larger one.
    Moved {
        /// What it was called.
        from: String,
        /// What it is called from now on.
        to: String,
        /// On which bot.
        external_id: Option<String>,
    },
    /// A person has told the provider whether they want marketing.
    Marketing {
        /// Who.
        from: Sender,
        /// Whether they do.
        wanted: bool,
        /// From which number.
        external_id: Option<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// News about the account itself: a template was rejected, a number's quality fell.
    Account {
        /// What the provider calls it.
        name: String,
        /// Which number or page.
        external_id: Option<String>,
        /// What it says.
        detail: Value,
    },
    /// The webhook must be answered with this. There is nothing to store.
    #[serde(skip)]
    Reply {
        /// The answer's body.
        body: String,
        /// Its media type.
        media_type: String,
    },
    /// Nothing that concerns a conversation, or nothing we know. It is kept as received.
    Unsupported {
        /// What the provider calls it.
        name: String,
        /// Its provider id.
        provider_id: Option<String>,
        /// Which number, page or bot.
        external_id: Option<String>,
    },
}

impl Inbound {
    /// Which number, page, bot or team it concerns.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        match self {
            Self::Message { external_id, .. }
            | Self::Edited { external_id, .. }
            | Self::Withdrawn { external_id, .. }
            | Self::Status { external_id, .. }
            | Self::ReadUpTo { external_id, .. }
            | Self::DeliveredUpTo { external_id, .. }
            | Self::Echo { external_id, .. }
            | Self::Identified { external_id, .. }
            | Self::Moved { external_id, .. }
            | Self::Marketing { external_id, .. }
            | Self::Account { external_id, .. }
            | Self::Unsupported { external_id, .. } => external_id.as_deref(),
            Self::Reply { .. } => None,
        }
    }

    /// Whether it only says how far a message of ours has come.
    #[must_use]
    pub const fn is_receipt(&self) -> bool {
        matches!(
            self,
            Self::Status { .. } | Self::ReadUpTo { .. } | Self::DeliveredUpTo { .. }
        )
    }

    /// What kind of event it is, for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Edited { .. } => "edited",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Status { .. } => "status",
            Self::ReadUpTo { .. } => "read_up_to",
            Self::DeliveredUpTo { .. } => "delivered_up_to",
            Self::Echo { .. } => "echo",
            Self::Identified { .. } => "identified",
            Self::Moved { .. } => "moved",
            Self::Marketing { .. } => "marketing",
            Self::Account { .. } => "account",
            Self::Reply { .. } => "reply",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}

/// Who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// How the provider calls this person; never empty, the one to write to first.
    pub identities: Vec<String>,
    /// The name they show.
    pub name: Option<String>,
    /// Their language as a BCP 47 tag, where the provider tells.
    pub language: Option<String>,
    /// Their telephone number, digits only.
    pub phone: Option<String>,
}

/// Why the provider could not deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    /// The provider's code.
    pub code: String,
    /// The provider's words.
    pub detail: String,
    /// What there is to do about it.
    pub remedy: Remedy,
}

/// What there is to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Send later: too much was sent.
    Wait,
    /// Send an approved template: the window for free text is closed.
    Template,
    /// Don't send to this person.
    Stop,
    /// Connect the channel anew: its token or its permission is gone.
    Reconnect,
    /// Try again: the provider had a moment.
    Retry,
    /// Change the message or the set-up.
    Fix,
}
