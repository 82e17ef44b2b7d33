//! What is limited, and to how much.

use std::{fmt, num::NonZeroU32, time::Duration};

use crate::tenant::Limits;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is counted; each class has a limit of its own in [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// API requests that are nothing else below.
    Requests,
    /// Searches and questions.
    Questions,
    /// Files taken in.
    Uploads,
    /// Messages from customers, whatever channel they come by.
    Messages,
    /// Tokens that a chat model read and wrote.
    LlmTokens,
    /// Tokens of passages that were embedded.
    EmbeddingTokens,
}

impl Class {
    /// The name in keys and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Questions => "questions",
            Self::Uploads => "uploads",
            Self::Messages => "messages",
            Self::LlmTokens => "llm_tokens",
            Self::EmbeddingTokens => "embedding_tokens",
        }
    }

    /// How much of it these limits allow.
    #[must_use]
    pub const fn quota(self, limits: &Limits) -> Quota {
        match self {
            Self::Requests => Quota::new(limits.requests_per_minute, MINUTE),
            Self::Questions => Quota::new(limits.questions_per_minute, MINUTE),
            Self::Uploads => Quota::new(limits.uploads_per_minute, MINUTE),
            Self::Messages => Quota::new(limits.messages_per_minute, MINUTE),
            Self::LlmTokens => Quota::new(limits.llm_tokens_per_day, DAY),
            Self::EmbeddingTokens => Quota::new(limits.embedding_tokens_per_minute, MINUTE),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// So much in a period: all of it at once, then one more each time an even share of the period has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    limit: NonZeroU32,
    /// Microseconds until one more; whole, so that Lua's numbers are as exact as ours.
    each: u64,
}

impl Quota {
    /// `limit` in each `period`. Nothing at all becomes one: a limit of none would lock a tenant out of
    /// seeing why.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "periods are days, not ages of the universe"
    )]
    pub const fn new(limit: u32, period: Duration) -> Self {
        let limit = match NonZeroU32::new(limit) {
            Some(limit) => limit,
            None => NonZeroU32::MIN,
        };
        let each = (period.as_micros() as u64 + limit.get() as u64 / 2) / limit.get() as u64;
        Self {
            limit,
            each: if each == 0 { 1 } else { each },
        }
    }

    /// What may be used in a period.
    pub(super) const fn limit(self) -> u32 {
        self.limit.get()
    }

    /// Microseconds until one more may be used.
    pub(super) const fn each(self) -> u64 {
        self.each
    }

    /// Microseconds until all of it may be used again.
    pub(super) const fn full(self) -> u64 {
        self.each * self.limit.get() as u64
    }

    /// What one caller may use of it; `None` when that is all.
    pub(super) fn share(self, percent: u32) -> Option<Self> {
        if percent >= 100 {
            return None;
        }
        let limit = u64::from(self.limit()) * u64::from(percent) / 100;
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Some(Self::new(limit, Duration::from_micros(self.full())))
    }

    /// As governor has it.
    pub(super) fn governor(self) -> governor::Quota {
        let each = Duration::from_micros(self.each);
        governor::Quota::with_period(each)
            .unwrap_or(governor::Quota::per_second(self.limit))
            .allow_burst(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_whole_microseconds_and_limits_at_least_one() {
        let of = |limit| Quota::new(limit, MINUTE).each();
        assert_eq!([of(6_000), of(10_000_000)], [10_000, 6]);
        assert_eq!(of(u32::MAX), 1);
        assert_eq!(Quota::new(0, MINUTE), Quota::new(1, MINUTE));
        assert_eq!(Quota::new(u32::MAX, DAY).each(), 20);
    }

    #[test]
    fn a_caller_has_its_part_of_the_whole() {
        let whole = Quota::new(600, MINUTE);
        assert_eq!(whole.share(100), None);
        assert_eq!(whole.share(25), Some(Quota::new(150, MINUTE)));
        assert_eq!(Quota::new(3, MINUTE).share(1).map(Quota::limit), Some(1));
    }
}
