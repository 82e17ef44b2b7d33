//! Where conversations and messages stand, and who takes part.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{MemberId, UnknownName, job::names};

names! {
    /// Whose turn a conversation is.
    ConversationStatus, "conversation status":
    /// The bot answers.
    Bot = "bot",
    /// It waits for a person to claim it; the bot is silent.
    Waiting = "waiting",
    /// A person has claimed it; the bot is silent.
    Human = "human",
    /// It has come to its end. The customer's next message reopens it, or begins another.
    Resolved = "resolved",
}

names! {
    /// Which way a message goes.
    Direction, "direction":
    /// From the customer.
    Inbound = "inbound",
    /// To the customer.
    Outbound = "outbound",
    /// Between the tenant's people; the customer never sees it.
    Note = "note",
}

names! {
    /// Where a message stands.
    MessageStatus, "message status":
    /// From the customer, and stored.
    Received = "received",
    /// To be sent.
    Queued = "queued",
    /// Handed to the provider, or about to be: whether it arrived is not known yet.
    Sending = "sending",
    /// Accepted by the provider.
    Sent = "sent",
    /// On the customer's device.
    Delivered = "delivered",
    /// Read by the customer.
    Read = "read",
    /// Refused; `error` says why.
    Failed = "failed",
    /// A run ended between the send and its record. It is never sent again by itself; a status from the
    /// provider settles it.
    Unknown = "unknown",
    /// Not sent: a newer message, a person or an opt-out came first.
    Superseded = "superseded",
    /// Taken back by its author.
    Withdrawn = "withdrawn",
}

impl MessageStatus {
    /// How far a message has come, for statuses that providers report in any order: a later one wins.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Received | Self::Queued => 0,
            Self::Sending | Self::Superseded => 1,
            Self::Unknown => 2,
            Self::Sent => 3,
            Self::Failed => 4,
            Self::Delivered => 5,
            Self::Read => 6,
            Self::Withdrawn => 7,
        }
    }
}

names! {
    /// Why a conversation waits for a person.
    HandoffReason, "handoff reason":
    /// The customer asked for one.
    Requested = "requested",
    /// The bot did not know, twice in a row.
    LowConfidence = "low_confidence",
    /// The customer is upset.
    Sentiment = "sentiment",
    /// A word that the tenant has named.
    Keyword = "keyword",
    /// An intent that the tenant has named.
    Rule = "rule",
    /// Somebody of the tenant's people, or a program, said so.
    Manual = "manual",
}

names! {
    /// How urgent a waiting conversation is.
    Priority, "priority":
    /// When there is time.
    Low = "low",
    /// As usual.
    Normal = "normal",
    /// Before others.
    High = "high",
    /// Its time is up, or the customer is upset.
    Urgent = "urgent",
}

impl Priority {
    /// To sort by, most urgent last.
    #[must_use]
    pub const fn rank(self) -> i32 {
        match self {
            Self::Low => 0,
            Self::Normal => 1,
            Self::High => 2,
            Self::Urgent => 3,
        }
    }
}

names! {
    /// What has happened to a message; its timeline is a list of these.
    Stage, "stage":
    /// Stored as the provider sent it.
    Received = "received",
    /// The same message came again, and was not stored again.
    Deduplicated = "deduplicated",
    /// Answered together with others of the same burst.
    Merged = "merged",
    /// Passages were looked up.
    Retrieved = "retrieved",
    /// A draft of the answer was made.
    Generated = "generated",
    /// What is to happen was decided: answer, abstain, ask back, hand off.
    Decided = "decided",
    /// To be sent.
    Queued = "queued",
    /// Handed to the provider.
    Sending = "sending",
    /// Accepted by the provider.
    Sent = "sent",
    /// On the customer's device.
    Delivered = "delivered",
    /// Read by the customer.
    Read = "read",
    /// Refused.
    Failed = "failed",
    /// Whether it was sent is not known.
    Unknown = "unknown",
    /// Put off: a rate limit, or the provider said to wait.
    Deferred = "deferred",
    /// Not sent, because something newer came first.
    Superseded = "superseded",
    /// Sent anew by a person's decision.
    Resent = "resent",
    /// Changed by its author.
    Edited = "edited",
    /// Taken back by its author.
    Withdrawn = "withdrawn",
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// The contact.
    Customer,
    /// The tenant's bot.
    Bot,
    /// One of the tenant's people.
    Member(MemberId),
    /// A program of the tenant's, by an API key.
    Program,
    /// The platform itself: out of hours, an opt-out confirmed, a survey.
    System,
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("customer"),
            Self::Bot => f.write_str("bot"),
            Self::Member(id) => id.fmt(f),
            Self::Program => f.write_str("program"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Author {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "customer" => Ok(Self::Customer),
            "bot" => Ok(Self::Bot),
            "program" => Ok(Self::Program),
            "system" => Ok(Self::System),
            id => id
                .parse()
                .map(Self::Member)
                .map_err(|_| UnknownName::new("author", name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_read_back() {
        let member = Author::Member(MemberId::new());
        for author in [
            Author::Customer,
            Author::Bot,
            Author::Program,
            Author::System,
            member,
        ] {
            assert_eq!(author.to_string().parse(), Ok(author));
        }
        assert!("nobody".parse::<Author>().is_err());
    }

    #[test]
    fn a_message_that_was_read_had_been_delivered() {
        assert!(MessageStatus::Read.rank() > MessageStatus::Delivered.rank());
        assert!(MessageStatus::Delivered.rank() > MessageStatus::Sent.rank());
        assert!(MessageStatus::Sent.rank() > MessageStatus::Unknown.rank());
    }
}
