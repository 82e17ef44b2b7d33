//! Who acts, and what a member's role allows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, ChannelId, JobId, MemberId, UnknownName};

/// What a member or API key may do in its tenant; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads documents, conversations and jobs.
    Viewer,
    /// Also answers customers.
    Agent,
    /// Also changes documents, the bot, channels and API keys.
    Admin,
    /// Also manages members.
    Owner,
}

impl Role {
    /// The name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Agent => "agent",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        [Self::Viewer, Self::Agent, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == name)
            .ok_or_else(|| UnknownName::new("role", name))
    }
}

/// On whose behalf something is done; written into the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in member.
    Member(MemberId),
    /// A program holding an API key.
    ApiKey(ApiKeyId),
    /// A job of the ledger.
    Job(JobId),
    /// A customer, by way of a channel.
    Channel(ChannelId),
    /// Somebody at the machine's own command line.
    CommandLine,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(id) => id.fmt(f),
            Self::ApiKey(id) => id.fmt(f),
            Self::Job(id) => id.fmt(f),
            Self::Channel(id) => id.fmt(f),
            Self::CommandLine => f.write_str("command_line"),
        }
    }
}
