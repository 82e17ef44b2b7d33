//! Limits on rates: how much a tenant, or one of its callers, may use in a while.
//!
//! Each key is a bucket that holds a limit's worth and refills evenly over the limit's period: the generic
//! cell rate algorithm, <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>. One process counts with
//! governor (`local`), several count together in Redis (`shared`); both give the same answers.
//!
//! What must stay true:
//! - a key says whose and of what, never how much, so a changed limit holds from the next request on, and
//!   what was used before it changed stays used;
//! - nobody is refused, and nothing fails, because Redis can't be reached: each process counts for itself then.
//!
//! Deliberately absent: what may be kept (that is a sum of rows, see [`crate::document`]), and who may spend.

mod local;
mod quota;
mod shared;

use std::{sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use wafaa_domain::{Actor, MemberId, TenantScope};

use self::{local::Local, shared::Shared};
use crate::{redis::Redis, tenant::Limits};

pub use quota::{Class, Quota};

/// Counts what is used. Clones count together.
#[derive(Debug, Clone)]
pub struct Limiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    local: Local,
    shared: Option<Shared>,
}

/// Whose use of what is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    name: String,
    /// For metrics: the same for every tenant.
    class: &'static str,
}

/// What may still be used after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What may be used in a period.
    pub limit: u32,
    /// What may follow at once.
    pub remaining: u32,
    /// Until everything may be used again.
    pub reset: Duration,
    /// Until the same request would be granted; zero when it was.
    pub retry_after: Duration,
    /// Whether this request may go on. Refused, it has used nothing.
    pub granted: bool,
}

/// What is asked of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spend {
    /// So much, if there is room for it. More than the whole limit has room when nothing is used.
    Take(u32),
    /// Whether there is room for one.
    Ask,
    /// So much, room or not.
    Charge(u32),
}

/// How a key stands afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Verdict {
    granted: bool,
    /// Microseconds until the bucket is full.
    backlog: u64,
}

impl Limiter {
    /// For a process that is the only one.
    #[must_use]
    pub fn local() -> Self {
        Self::over(None)
    }

    /// Counts together with every process on the same Redis.
    #[must_use]
    pub fn shared(redis: Redis) -> Self {
        Self::over(Some(Shared::new(redis)))
    }

    fn over(shared: Option<Shared>) -> Self {
        Self(Arc::new(Inner {
            local: Local::default(),
            shared,
        }))
    }

    /// Uses `cost` of what a tenant and the caller may, or nothing. Answers the tighter of their allowances.
    pub async fn take(
        &self,
        scope: &TenantScope,
        class: Class,
        limits: &Limits,
        cost: u32,
    ) -> Allowance {
        self.each(scope, class, limits, Spend::Take(cost)).await
    }

    /// Whether anything is left of what a tenant and the caller may use. Uses nothing.
    pub async fn ask(&self, scope: &TenantScope, class: Class, limits: &Limits) -> Allowance {
        self.each(scope, class, limits, Spend::Ask).await
    }

    /// Notes what was used where that is only known afterwards. What is too much is owed, and refused to
    /// later requests until it is made up for.
    pub async fn charge(
        &self,
        scope: &TenantScope,
        class: Class,
        limits: &Limits,
        cost: u32,
    ) -> Allowance {
        self.each(scope, class, limits, Spend::Charge(cost)).await
    }

    /// Uses `cost` of one key, or nothing.
    pub async fn take_of(&self, key: &Key, quota: Quota, cost: u32) -> Allowance {
        self.spend(key, quota, Spend::Take(cost)).await
    }

    /// Forgets what was used of a key.
    pub async fn forget(&self, key: &Key) {
        self.0.local.forget(key);
        if let Some(shared) = &self.0.shared {
            shared.forget(key).await;
        }
    }

    /// The caller's share first, so that a caller who is refused costs the others nothing.
    async fn each(
        &self,
        scope: &TenantScope,
        class: Class,
        limits: &Limits,
        spend: Spend,
    ) -> Allowance {
        let whole = class.quota(limits);
        let share = Key::caller(scope, class).zip(whole.share(limits.caller_percent));
        let mut tightest = None;
        if let Some((key, quota)) = share {
            let allowance = self.spend(&key, quota, spend).await;
            if !allowance.granted {
                return allowance;
            }
            tightest = Some(allowance);
        }
        let allowance = self.spend(&Key::tenant(scope, class), whole, spend).await;
        tightest.map_or(allowance, |share| allowance.tighter(share))
    }

    async fn spend(&self, key: &Key, quota: Quota, spend: Spend) -> Allowance {
        let shared = match &self.0.shared {
            Some(shared) => shared.spend(key, quota, spend).await,
            None => None,
        };
        let verdict = shared.unwrap_or_else(|| self.0.local.spend(key, quota, spend));
        if !verdict.granted {
            metrics::counter!("wafaa_rate_limit_rejections_total", "class" => key.class)
                .increment(1);
        }
        Allowance::of(quota, spend, verdict)
    }
}

impl Key {
    /// What a tenant uses as a whole.
    #[must_use]
    pub fn tenant(scope: &TenantScope, class: Class) -> Self {
        Self {
            name: format!("limit:{}:{class}", scope.tenant()),
            class: class.as_str(),
        }
    }

    /// What one member or API key of a tenant uses; jobs, channels and commands have no share of their own.
    fn caller(scope: &TenantScope, class: Class) -> Option<Self> {
        match scope.actor() {
            Actor::Member(_) | Actor::ApiKey(_) => Some(Self {
                name: format!("limit:{}:{class}:{}", scope.tenant(), scope.actor()),
                class: class.as_str(),
            }),
            Actor::Job(_) | Actor::Channel(_) | Actor::CommandLine => None,
        }
    }

    /// What a platform operator uses.
    #[must_use]
    pub fn operator(id: MemberId, class: Class) -> Self {
        Self {
            name: format!("limit:{id}:{class}"),
            class: class.as_str(),
        }
    }

    /// What a visitor of a web chat does, or a host that visitors come from; `who` tells nothing of either.
    #[must_use]
    pub fn visitor(what: &'static str, who: &str) -> Self {
        Self {
            name: format!("limit:visitor:{what}:{who}"),
            class: "visitor",
        }
    }

    /// Requests of ours to a host of the web, whichever tenant they are for. The key doesn't tell which host that is.
    #[must_use]
    pub fn host(name: &str) -> Self {
        Self {
            name: format!("limit:host:{}", hex::encode(Sha256::digest(name))),
            class: "host",
        }
    }

    /// Attempts to sign in; `digest` stands for an address or a host, which must not be readable from it.
    #[must_use]
    pub fn sign_in(what: &'static str, digest: &str) -> Self {
        Self {
            name: format!("limit:sign_in:{what}:{digest}"),
            class: "sign_in",
        }
    }
}

impl Spend {
    /// What there must be room for.
    fn needs(self, quota: Quota) -> u32 {
        match self {
            Self::Take(cost) | Self::Charge(cost) => cost.clamp(1, quota.limit()),
            Self::Ask => 1,
        }
    }
}

impl Allowance {
    fn of(quota: Quota, spend: Spend, verdict: Verdict) -> Self {
        let (each, full) = (quota.each(), quota.full());
        let room = full.saturating_sub(verdict.backlog);
        let wait = (verdict.backlog + each * u64::from(spend.needs(quota))).saturating_sub(full);
        Self {
            limit: quota.limit(),
            remaining: u32::try_from(room / each).unwrap_or(u32::MAX),
            reset: Duration::from_micros(verdict.backlog),
            retry_after: if verdict.granted {
                Duration::ZERO
            } else {
                Duration::from_micros(wait)
            },
            granted: verdict.granted,
        }
    }

    /// The one that will refuse first.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        let rank = |allowance: &Self| (allowance.granted, allowance.remaining);
        if rank(&other) < rank(&self) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests;
