//! Prefixed identifiers over UUIDv7, such as `doc_019a…`.
//!
//! An id is parsed, never cast: a job's id can't be passed where a document's is wanted, neither in Rust
//! nor in a URL. Ids made later sort later, so they serve as pagination cursors.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like `{prefix}_<32 hex digits>`")]
pub struct InvalidId {
    /// The prefix that was wanted, without the underscore.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix of this kind of id, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, later than all before it.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "a fresh id is not a default value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id with this UUID, as read from a database column of this kind.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID to store in a database column of this kind.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse($prefix, text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    )+};
}

fn parse(prefix: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|digits| digits.len() == 32)
        .and_then(|digits| Uuid::try_parse(digits).ok())
        .ok_or(InvalidId { prefix })
}

ids! {
    /// A business that uses Wafaa.
    TenantId = "ten";
    /// A person who signs in: of a tenant, or a platform operator.
    MemberId = "mem";
    /// A rotating refresh token.
    RefreshTokenId = "ses";
    /// A tenant's API key.
    ApiKeyId = "key";
    /// An entry of the audit log.
    AuditId = "aud";
    /// An uploaded document, whatever its version.
    DocumentId = "doc";
    /// A passage of one version of a document.
    ChunkId = "chk";
    /// Web pages that a tenant's answers come from.
    SourceId = "src";
    /// One address of a source.
    PageId = "pag";
    /// A row of the job ledger.
    JobId = "job";
    /// A way customers reach a tenant: a WhatsApp number, a web chat.
    ChannelId = "chn";
    /// A customer of a tenant.
    ContactId = "con";
    /// A thread of messages with one contact on one channel.
    ConversationId = "conv";
    /// A message of a conversation.
    MessageId = "msg";
    /// Something a channel's provider told us, as it was received.
    InboundEventId = "evt";
    /// A canned reply of a tenant's people.
    CannedReplyId = "can";
    /// An address of a tenant's own systems that is told what happens.
    WebhookId = "whk";
    /// One telling of one event to one of them.
    WebhookDeliveryId = "whd";
    /// A question whose good answer is known.
    GoldenQuestionId = "gold";
    /// A run of all golden questions.
    EvaluationId = "eval";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_survives_a_round_trip() {
        let id = DocumentId::new();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().starts_with("doc_"));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let job = JobId::new().to_string();
        assert_eq!(job.parse::<DocumentId>(), Err(InvalidId { prefix: "doc" }));
    }

    #[test]
    fn later_ids_sort_later() {
        let ids: Vec<_> = (0..100).map(|_| JobId::new()).collect();
        assert!(ids.is_sorted());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = text.parse::<DocumentId>();
            let _ = format!("doc_{text}").parse::<DocumentId>();
        }
    }
}
