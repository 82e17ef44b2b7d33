//! Why a run did not succeed, and what is to happen next. Every kind decides this explicitly.

use std::{error::Error as _, time::Duration};

use wafaa_domain::Failure as Reason;

/// The typed outcome of a run that did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Something passing: run again after a growing, jittered delay, while attempts last.
    Retry(String),
    /// As `Retry`, but whoever refused said when to come back.
    RetryAfter(Duration, String),
    /// Not this job's turn yet, such as a rate limit: run again after the delay; costs no attempt.
    Snooze(Duration, String),
    /// No use trying again. The reason is for the tenant.
    Dead(Reason),
    /// Called off.
    Cancelled,
    /// The job, or what it works on, has moved on without this run: nothing is to be recorded.
    Stale,
}

impl Failure {
    /// No use trying again: `code` for programs, `message` for the tenant.
    pub fn dead(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Dead(Reason {
            code: code.into(),
            message: message.into(),
        })
    }

    /// Something passing went wrong.
    pub fn retry(error: impl std::fmt::Display) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<wafaa_storage::Error> for Failure {
    fn from(error: wafaa_storage::Error) -> Self {
        if let wafaa_storage::Error::Stale = error {
            return Self::Stale;
        }
        Self::retry(error)
    }
}

impl From<wafaa_storage::vector::Error> for Failure {
    fn from(error: wafaa_storage::vector::Error) -> Self {
        // Paths and the like are for those who run the installation.
        tracing::warn!(%error, source = ?error.source(), "vectors could not be read or changed");
        Self::retry(error)
    }
}

impl From<wafaa_storage::blob::Error> for Failure {
    fn from(error: wafaa_storage::blob::Error) -> Self {
        Self::retry(error)
    }
}
