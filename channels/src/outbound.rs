//! What we tell providers, and what can come of it.

use std::{fmt, time::Duration};

use wafaa_domain::{Content, MessageId};

/// A message to a customer. It is at most one message at the provider.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Our id; passed along where the provider gives it back.
    pub id: MessageId,
    /// The customer, by the first identity of [`crate::Sender`].
    pub to: String,
    /// The thread of the customer's message, as it came.
    pub thread: Option<String>,
    /// What to send.
    pub content: Content,
    /// The provider's id of the message it answers.
    pub reply_to: Option<String>,
    /// Why it may be sent outside the usual window.
    pub tag: Option<Tag>,
    /// The bytes of a [`Content::Media`] that has no link.
    pub file: Option<File>,
}

impl Outbound {
    /// A message that answers nothing in particular.
    pub fn new(id: MessageId, to: impl Into<String>, content: Content) -> Self {
        Self {
            id,
            to: to.into(),
            thread: None,
            content,
            reply_to: None,
            tag: None,
            file: None,
        }
    }
}

/// Why a message may be sent outside the usual window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A person wrote it: Messenger and Instagram allow that for seven days.
    HumanAgent,
}

/// A file to send.
#[derive(Clone)]
pub struct File {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its MIME type.
    pub media_type: String,
    /// Its name.
    pub filename: String,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("bytes", &self.bytes.len())
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

/// The provider has accepted a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The provider's id of it, where it gives one.
    pub provider_id: Option<String>,
    /// Whether something had to be left out: the end of a text that was too long, or words beside a file
    /// on a channel that can't carry both.
    pub shortened: bool,
}

/// A customer's message that was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The customer.
    pub to: String,
    /// The thread of the message, as it came.
    pub thread: Option<String>,
    /// The provider's id of the message.
    pub provider_id: String,
}

/// A file that was fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is by its first bytes, whatever anybody says.
    pub media_type: String,
    /// Its name, where the provider tells.
    pub filename: Option<String>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("bytes", &self.bytes.len())
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

/// A call to a provider did not succeed, by what there is to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too much was sent. Surely not sent; try again after this long.
    #[error("{detail}")]
    Wait {
        /// How long at least.
        after: Duration,
        /// The provider's words.
        detail: String,
    },
    /// The window for free text is closed. Surely not sent.
    #[error("{detail}")]
    NeedsTemplate {
        /// The provider's words.
        detail: String,
    },
    /// The recipient can't or won't get it. Surely not sent, and not worth another attempt.
    #[error("{detail} ({code})")]
    Stop {
        /// The provider's code.
        code: String,
        /// The provider's words.
        detail: String,
    },
    /// The channel's token or permission is gone. Surely not sent.
    #[error("{detail}")]
    Reconnect {
        /// The provider's words.
        detail: String,
    },
    /// The provider had a moment, or could not be reached. Surely not sent; worth another attempt.
    #[error("{detail}")]
    Transient {
        /// What happened.
        detail: String,
    },
    /// It may have been sent: the request was written, and no answer that says so or otherwise came back.
    #[error("{detail}")]
    Unknown {
        /// What happened.
        detail: String,
    },
    /// The message or the set-up is wrong. Surely not sent; the same message never will be.
    #[error("{detail}")]
    Invalid {
        /// What is wrong.
        detail: String,
    },
}

impl SendError {
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::Invalid {
            detail: detail.into(),
        }
    }

    /// What happened, in words.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Wait { detail, .. }
            | Self::NeedsTemplate { detail }
            | Self::Stop { detail, .. }
            | Self::Reconnect { detail }
            | Self::Transient { detail }
            | Self::Unknown { detail }
            | Self::Invalid { detail } => detail,
        }
    }

    /// The permanent name of the kind, for the API and the database.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Wait { .. } => "wait",
            Self::NeedsTemplate { .. } => "needs_template",
            Self::Stop { .. } => "stop",
            Self::Reconnect { .. } => "reconnect",
            Self::Transient { .. } => "transient",
            Self::Unknown { .. } => "unknown",
            Self::Invalid { .. } => "invalid",
        }
    }

    /// The same failure of a step that sends nothing, such as an upload: what is unknown there is surely not sent.
    pub(crate) fn before_the_send(self) -> Self {
        match self {
            Self::Unknown { detail } => Self::Transient { detail },
            other @ (Self::Wait { .. }
            | Self::NeedsTemplate { .. }
            | Self::Stop { .. }
            | Self::Reconnect { .. }
            | Self::Transient { .. }
            | Self::Invalid { .. }) => other,
        }
    }
}
