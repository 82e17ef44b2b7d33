//! Both ways of counting are the same one, and what that one is.

#[path = "../../tests/support/redis.rs"]
mod redis_server;

use std::cell::Cell;

use proptest::{prelude::*, test_runner::TestRunner};

use self::redis_server::TestRedis;
use super::*;

const MINUTE: Duration = Duration::from_secs(60);
/// Some time to begin at, in microseconds.
const NOW: u64 = 1_700_000_000_000_000;

fn key(name: &str) -> Key {
    Key::sign_in("test", name)
}

/// One call of a sequence: a time after the one before, which key, which quota, what.
type Step = (u64, usize, usize, Spend);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![
        Just(0),
        0..2_000_u64,
        0..60_000_000_u64,
        0..100_000_000_000_u64
    ];
    let cost = prop_oneof![4 => 0..4_u32, 2 => 0..200_u32, 1 => any::<u32>()];
    let spend = prop_oneof![
        5 => cost.clone().prop_map(Spend::Take),
        1 => Just(Spend::Ask),
        1 => cost.prop_map(Spend::Charge),
    ];
    prop::collection::vec((wait, 0..3_usize, 0..3_usize, spend), 1..60)
}

fn quotas() -> impl Strategy<Value = [Quota; 3]> {
    let limit = prop_oneof![1..10_u32, 1..1_000_u32, 1..10_000_000_u32];
    let period = prop_oneof![Just(1_u64), Just(60), Just(24 * 60 * 60)];
    let quota = (limit, period)
        .prop_map(|(limit, seconds)| Quota::new(limit, Duration::from_secs(seconds)));
    [quota.clone(), quota.clone(), quota]
}

/// The same calls at the same times, quotas changing on the way: the same answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ways_of_counting_give_the_same_answers() {
    let Some(server) = TestRedis::start().await else {
        return;
    };
    let shared = Shared::new(server.connect().await);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let case = Cell::new(0);
        TestRunner::new(ProptestConfig::with_cases(200))
            .run(&(quotas(), steps()), |(quotas, steps)| {
                case.set(case.get() + 1);
                let (local, mut now) = (Local::default(), NOW);
                for (wait, which, quota, spend) in steps {
                    now += wait;
                    let (key, quota) = (key(&format!("{}:{which}", case.get())), quotas[quota]);
                    let here = local.spend_at(&key, quota, spend, now);
                    let there = runtime.block_on(shared.run(&key, quota, spend, Some(now)));
                    prop_assert_eq!(
                        here,
                        there.unwrap(),
                        "{:?} of {:?} at {}",
                        spend,
                        quota,
                        now
                    );
                }
                Ok(())
            })
            .unwrap();
    });
}

proptest! {
    /// However calls are spaced, what is granted never exceeds a limit's worth and what time has restored.
    #[test]
    fn no_window_grants_more_than_the_limit_and_what_time_restores(
        quota in quotas(),
        waits in prop::collection::vec((0..30_000_000_u64, 1..5_u32), 1..100),
    ) {
        let (local, quota, mut now) = (Local::default(), quota[0], NOW);
        let mut granted: Vec<(u64, u64)> = Vec::new();
        for (wait, cost) in waits {
            now += wait;
            let cost = cost.min(quota.limit());
            if local.spend_at(&key("k"), quota, Spend::Take(cost), now).granted {
                granted.push((now, u64::from(cost)));
            }
        }
        for (first, (from, _)) in granted.iter().enumerate() {
            let mut sum = 0;
            for (until, cost) in &granted[first..] {
                sum += cost;
                prop_assert!(sum <= u64::from(quota.limit()) + (until - from) / quota.each());
            }
        }
    }
}

#[test]
fn a_limits_worth_at_once_and_then_one_at_a_time() {
    let (local, quota) = (Local::default(), Quota::new(6, MINUTE));
    let take = |cost, now| {
        let spend = Spend::Take(cost);
        Allowance::of(quota, spend, local.spend_at(&key("k"), quota, spend, now))
    };
    let first = take(2, NOW);
    assert_eq!((first.limit, first.remaining, first.granted), (6, 4, true));
    assert_eq!(first.reset, Duration::from_secs(20));
    assert_eq!(take(4, NOW).remaining, 0);
    let refused = take(2, NOW);
    assert_eq!(
        (refused.granted, refused.retry_after),
        (false, Duration::from_secs(20))
    );
    assert!(!take(2, NOW + 19_999_999).granted);
    assert!(take(2, NOW + 20_000_000).granted);
    let more_than_all = take(9, NOW + 20_000_000);
    assert_eq!(more_than_all.retry_after, Duration::from_secs(60));
    let full = NOW + 80_000_000;
    assert!(take(9, full).granted, "once nothing is used");
    assert_eq!(take(1, full).retry_after, Duration::from_secs(40));
}

#[test]
fn what_was_charged_is_owed_until_made_up_for() {
    let (local, quota) = (Local::default(), Quota::new(60, MINUTE));
    let at = |spend, now| {
        let verdict = local.spend_at(&key("k"), quota, spend, now);
        Allowance::of(quota, spend, verdict)
    };
    assert_eq!(at(Spend::Ask, NOW).remaining, 60);
    assert_eq!(at(Spend::Ask, NOW).remaining, 60, "asking uses nothing");
    assert_eq!(at(Spend::Charge(90), NOW).remaining, 0);
    let refused = at(Spend::Ask, NOW);
    assert_eq!(
        (refused.granted, refused.retry_after),
        (false, Duration::from_secs(31))
    );
    assert!(at(Spend::Ask, NOW + 31_000_000).granted);
}

#[test]
fn a_changed_limit_holds_at_once_and_forgets_nothing() {
    let local = Local::default();
    let take = |limit, cost| {
        let (quota, spend) = (Quota::new(limit, MINUTE), Spend::Take(cost));
        Allowance::of(quota, spend, local.spend_at(&key("k"), quota, spend, NOW))
    };
    assert!(take(2, 2).granted && !take(2, 1).granted);
    let raised = take(10, 1);
    assert_eq!((raised.granted, raised.remaining), (true, 7));
    let lowered = take(1, 1);
    assert_eq!(
        (lowered.granted, lowered.retry_after),
        (false, Duration::from_secs(60)),
        "no longer than the new limit takes"
    );
}

#[tokio::test]
async fn a_server_whose_clock_is_set_back_locks_nobody_out() {
    let Some(server) = TestRedis::start().await else {
        return;
    };
    let shared = Shared::new(server.connect().await);
    let (quota, key) = (Quota::new(2, MINUTE), key("back"));
    let at = async |spend, now| shared.run(&key, quota, spend, Some(now)).await.unwrap();
    assert!(at(Spend::Take(2), NOW).await.granted);
    let back = NOW - 3_600_000_000;
    let refused = at(Spend::Take(1), back).await;
    assert_eq!((refused.granted, refused.backlog), (false, 60_000_000));
    assert!(at(Spend::Take(1), back + 30_000_000).await.granted);
}
