//! Counting together in Redis: one script, one key each, the server's clock.
//!
//! A server that doesn't answer is left alone for a moment, so that it slows nobody down; the processes count
//! for themselves meanwhile.

use std::{
    future::Future,
    io::{Error as IoError, ErrorKind},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{AsyncCommands, RedisError, Script};
use tokio::time::timeout;

use super::{Key, Quota, Spend, Verdict, local::LONGEST};
use crate::redis::Redis;

/// What `local` does, in one step. Times are microseconds.
///
/// The value is when the bucket will be full, when that was noted, and the time for one cell then. Should the
/// server's clock be set back, time counts as standing still from the note on, not as running backwards.
/// A key goes away soon after its bucket is full; the extra time is for clocks that tests set.
const SCRIPT: &str = r"
local each, limit, needs, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local mode, longest, now = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local backlog, noted = 0, now
local kept = redis.call('GET', KEYS[1])
if kept then
  local full_at, at, pace = string.match(kept, '^(%d+) (%d+) (%d+)$')
  noted = tonumber(at)
  backlog = math.max(tonumber(full_at) - math.max(now, noted), 0)
  pace = tonumber(pace)
  if pace ~= each then
    backlog = math.min(math.floor(backlog * each / pace), each * limit)
  end
end
local granted = mode == 'charge' or backlog + each * needs <= each * limit
local used = granted and mode ~= 'ask'
if used and cost > 0 then
  backlog = math.min(backlog + each * cost, longest)
end
if used or now < noted then
  local value = string.format('%.0f %.0f %.0f', now + backlog, now, each)
  redis.call('SET', KEYS[1], value, 'PX', math.ceil(backlog / 1000) + 10000)
end
return {granted and 1 or 0, backlog}
";

/// How long a server may take that is to be waited for.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a server that took longer is left alone.
const REST: Duration = Duration::from_secs(1);
/// How often it is said that it can't be reached.
const SAID_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Shared {
    redis: Redis,
    script: Script,
    trouble: Mutex<Trouble>,
}

/// When the server last failed, and when that was last said.
#[derive(Debug, Default)]
struct Trouble {
    failed: Option<Instant>,
    said: Option<Instant>,
}

impl Shared {
    pub(super) fn new(redis: Redis) -> Self {
        Self {
            redis,
            script: Script::new(SCRIPT),
            trouble: Mutex::default(),
        }
    }

    /// `None` when Redis can't be asked.
    pub(super) async fn spend(&self, key: &Key, quota: Quota, spend: Spend) -> Option<Verdict> {
        self.reach(self.run(key, quota, spend, None)).await
    }

    pub(super) async fn forget(&self, key: &Key) {
        let name = self.redis.key(&key.name);
        let mut connection = self.redis.connection();
        let _: Option<()> = self.reach(connection.del(name)).await;
    }

    /// As if it were `now`, in microseconds; by the server's clock when `None`.
    pub(super) async fn run(
        &self,
        key: &Key,
        quota: Quota,
        spend: Spend,
        now: Option<u64>,
    ) -> Result<Verdict, RedisError> {
        let (mode, cost) = match spend {
            Spend::Take(cost) => ("take", cost),
            Spend::Ask => ("ask", 0),
            Spend::Charge(cost) => ("charge", cost),
        };
        let (granted, backlog): (u8, u64) = self
            .script
            .key(self.redis.key(&key.name))
            .arg(quota.each())
            .arg(quota.limit())
            .arg(spend.needs(quota))
            .arg(cost)
            .arg(mode)
            .arg(LONGEST)
            .arg(now.map_or_else(String::new, |now| now.to_string()))
            .invoke_async(&mut self.redis.connection())
            .await?;
        Ok(Verdict {
            granted: granted == 1,
            backlog,
        })
    }

    async fn reach<T>(&self, call: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
        if self.is_resting() {
            return None;
        }
        let late = || RedisError::from(IoError::from(ErrorKind::TimedOut));
        match timeout(PATIENCE, call)
            .await
            .unwrap_or_else(|_| Err(late()))
        {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.note(&error);
                None
            }
        }
    }

    fn is_resting(&self) -> bool {
        let failed = self.trouble().failed;
        failed.is_some_and(|at| at.elapsed() < REST)
    }

    fn note(&self, error: &RedisError) {
        metrics::counter!("wafaa_rate_limit_fallbacks_total").increment(1);
        let now = Instant::now();
        let mut trouble = self.trouble();
        trouble.failed = Some(now);
        if trouble.said.is_none_or(|at| now - at >= SAID_EVERY) {
            trouble.said = Some(now);
            tracing::warn!(%error, "Redis can't be asked for limits; each process counts for itself until it can");
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        // Nothing under this lock can panic half-way.
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
