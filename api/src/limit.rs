//! Rate limits, by tenant and class of route. Governor counts; what a tenant may use is in its row.
//!
//! Per process. Deliberately absent: limits shared between processes, which come with the server mode.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use poem::http::Method;
use uuid::Uuid;
use wafaa_storage::tenant::Limits;

/// What a request counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Request,
    /// Searches and questions.
    Question,
    /// Files taken in.
    Upload,
}

impl Class {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        match path {
            "/api/v1/ask" | "/api/v1/search" => Self::Question,
            "/api/v1/documents" if method == Method::POST => Self::Upload,
            _ if method == Method::PUT && path.ends_with("/content") => Self::Upload,
            _ => Self::Request,
        }
    }

    fn limit(self, limits: &Limits) -> u32 {
        match self {
            Self::Request => limits.requests_per_minute,
            Self::Question => limits.questions_per_minute,
            Self::Upload => limits.uploads_per_minute,
        }
    }
}

/// What a caller has left after a request; told in the `RateLimit-*` headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// Requests a minute.
    pub(crate) limit: u32,
    /// Requests that may follow at once.
    pub(crate) remaining: u32,
    /// Until all is restored; or, when nothing remained for this request, until the next.
    pub(crate) reset: Duration,
    /// Whether this request may go on.
    pub(crate) granted: bool,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// A limiter and the quota it was made for: another quota makes another limiter.
type Current = (u32, Arc<Limiter>);

#[derive(Default)]
pub(crate) struct Limiters {
    limiters: Mutex<HashMap<(Uuid, Class), Current>>,
}

impl Limiters {
    /// Counts a request of a tenant, or of an operator.
    pub(crate) fn take(&self, owner: Uuid, class: Class, limits: &Limits) -> Allowance {
        // A limit of none would lock a tenant out of seeing why.
        let limit = NonZeroU32::new(class.limit(limits)).unwrap_or(NonZeroU32::MIN);
        let each = Duration::from_secs(60) / limit.get();
        match self.limiter(owner, class, limit).check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Allowance {
                    limit: limit.get(),
                    remaining,
                    reset: each * limit.get().saturating_sub(remaining),
                    granted: true,
                }
            }
            Err(not_until) => Allowance {
                limit: limit.get(),
                remaining: 0,
                reset: not_until.wait_time_from(DefaultClock::default().now()),
                granted: false,
            },
        }
    }

    /// The limiter in force: a new one when the tenant's limit has changed.
    fn limiter(&self, owner: Uuid, class: Class, limit: NonZeroU32) -> Arc<Limiter> {
        // Nothing under this lock can panic half-way.
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            let limiter = RateLimiter::direct(Quota::per_minute(limit));
            (
                limit.get(),
                Arc::new(limiter.with_middleware::<StateInformationMiddleware>()),
            )
        };
        let entry = limiters.entry((owner, class)).or_insert_with(fresh);
        if entry.0 != limit.get() {
            *entry = fresh();
        }
        Arc::clone(&entry.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_by_tenant_and_class() {
        let limiters = Limiters::default();
        let limits = Limits {
            questions_per_minute: 2,
            ..Limits::default()
        };
        let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
        let take = |owner, class| limiters.take(owner, class, &limits);
        assert!(take(one, Class::Question).granted);
        assert_eq!(take(one, Class::Question).remaining, 0);
        let refused = take(one, Class::Question);
        assert!(!refused.granted && refused.reset > Duration::from_secs(10));
        assert!(take(two, Class::Question).granted);
        assert!(take(one, Class::Request).granted);
    }
}
