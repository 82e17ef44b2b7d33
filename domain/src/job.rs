//! The states and lanes of the job ledger.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text that names nothing of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a known {kind}")]
pub struct UnknownName {
    kind: &'static str,
    name: String,
}

impl UnknownName {
    pub(crate) fn new(kind: &'static str, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
        }
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident, $kind:literal: $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type {$(
            $(#[$variant_doc])*
            #[serde(rename = $name)]
            $variant,
        )+}

        impl $type {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the API, the database and the logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$variant => $name,)+}
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str() == name)
                    .ok_or_else(|| UnknownName::new($kind, name))
            }
        }
    };
}
pub(crate) use names;

names! {
    /// Where a job stands. Times in the ledger row say since when.
    JobState, "job state":
    /// Not due yet: backing off, snoozed, or behind another of its order key.
    Waiting = "waiting",
    /// Due, to be dispatched.
    Ready = "ready",
    /// Handed to the transport, not claimed yet.
    Dispatched = "dispatched",
    /// Claimed by a worker that renews its lease.
    Running = "running",
    /// Done; its effect is committed.
    Succeeded = "succeeded",
    /// Out of attempts, or given up for good. An operator may retry it.
    Dead = "dead",
    /// Called off.
    Cancelled = "cancelled",
}

impl JobState {
    /// Whether nothing more will happen unless somebody retries.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

names! {
    /// A queue with its own concurrency, so that one kind of work never delays another.
    Lane, "lane":
    /// Answers to customers.
    Reply = "reply",
    /// Sending through a channel.
    Deliver = "deliver",
    /// Turning documents into knowledge.
    Ingest = "ingest",
    /// Sentiment and topics.
    Insight = "insight",
    /// Reports to managers.
    Report = "report",
    /// Retention, compaction, settling of doubts.
    Maintenance = "maintenance",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        for lane in Lane::ALL {
            assert_eq!(lane.as_str().parse(), Ok(*lane));
        }
        assert!("Reply".parse::<Lane>().is_err());
    }
}
