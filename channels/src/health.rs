//! Whether a channel works, and what to do when it doesn't.

use crate::outbound::SendError;

/// What a test of a channel found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Who the provider says we are: a number, a page's name.
    pub account: Option<String>,
    /// How the provider calls us in its webhooks.
    pub external_id: Option<String>,
    /// What was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is as it must be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Health {
    /// Whether everything is as it must be.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }

    /// Whether the channel must be connected anew.
    #[must_use]
    pub fn reconnect(&self) -> bool {
        self.checks
            .iter()
            .any(|check| !check.ok && check.name == Check::TOKEN)
    }

    pub(crate) fn of(check: Check) -> Self {
        Self {
            account: None,
            external_id: None,
            checks: vec![check],
        }
    }
}

impl Check {
    /// The check of the token; when it fails, the channel must be connected anew.
    pub(crate) const TOKEN: &'static str = "access token";

    pub(crate) fn passed(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            name,
            ok: true,
            detail: detail.into(),
            remedy: None,
        }
    }

    pub(crate) fn failed(
        name: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            name,
            ok: false,
            detail: detail.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// A call that failed, with the advice that its kind of failure deserves.
    pub(crate) fn of_error(error: &SendError, token: &str, target: &str) -> Self {
        match error {
            SendError::Reconnect { detail } => Self::failed(Self::TOKEN, detail, token),
            SendError::Wait { detail, .. } => {
                Self::failed("provider", detail, "Try again in a minute.")
            }
            SendError::Transient { detail } | SendError::Unknown { detail } => Self::failed(
                "provider",
                detail,
                "Is the provider reachable from this server, and up? Try again in a minute.",
            ),
            SendError::NeedsTemplate { detail }
            | SendError::Stop { detail, .. }
            | SendError::Invalid { detail } => Self::failed("account", detail, target),
        }
    }
}
