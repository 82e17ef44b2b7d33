//! Tenancy as a capability: holding a [`TenantScope`] proves that somebody checked.
//!
//! Every storage and vector function takes one, and derives table names, key prefixes and filters from it.
//! A scope has no `Default`, is never deserialised, and its constructors name the check that was made:
//! they are called by the API's auth checker, the job runner, the webhook router and the command line only. `tests/it/tenancy.rs` reads the sources to keep it so.

use crate::{Actor, TenantId};

/// Proof that the bearer may act in one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantScope {
    tenant: TenantId,
    actor: Actor,
}

impl TenantScope {
    /// For a bearer whose token or key the API has verified.
    #[must_use]
    pub const fn authenticated(tenant: TenantId, actor: Actor) -> Self {
        Self { tenant, actor }
    }

    /// For a job, from the tenant in its ledger row.
    #[must_use]
    pub const fn of_job(tenant: TenantId, job: crate::JobId) -> Self {
        Self {
            tenant,
            actor: Actor::Job(job),
        }
    }

    /// For what comes in by a channel whose secret, or whose visitor's token, was verified.
    #[must_use]
    pub const fn of_channel(tenant: TenantId, channel: crate::ChannelId) -> Self {
        Self {
            tenant,
            actor: Actor::Channel(channel),
        }
    }

    /// For work across tenants that turns to one of them.
    #[must_use]
    pub const fn of_system(_: &SystemScope, tenant: TenantId, actor: Actor) -> Self {
        Self { tenant, actor }
    }

    /// The tenant that may be acted in.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }
}

/// Permission to work across tenants, with the reason it was taken.
#[derive(Debug)]
pub struct SystemScope {
    reason: &'static str,
}

impl SystemScope {
    /// Takes the permission; `reason` says what for, for readers and logs.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { reason }
    }

    /// What it was taken for.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}
