//! What came of a request.

use std::fmt;

use crate::cli::Kind;

#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
}

#[derive(Debug)]
pub(super) enum Verdict {
    /// Answered, and with what was asked for.
    Right,
    /// Answered without what was asked for; says how.
    Wrong(String),
    /// Another tenant's data was in the answer; says which.
    Leak(String),
    Failed(Failure),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// This status.
    Status(u16),
    /// None in time.
    TimeOut,
    /// No connection.
    Connection,
    /// One that ends early or isn't what the API promises.
    Garbled,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::TimeOut => f.write_str("time-out"),
            Self::Connection => f.write_str("connection"),
            Self::Garbled => f.write_str("garbled"),
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimeOut
        } else if error.is_connect() {
            Self::Connection
        } else {
            Self::Garbled
        }
    }
}
