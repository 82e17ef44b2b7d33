//! Limits as several processes see them; that both ways of counting agree is proved beside them.

#[path = "../support/redis.rs"]
mod redis_server;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use redis::AsyncCommands as _;
use wafaa_domain::{Actor, ApiKeyId, TenantId, TenantScope};
use wafaa_storage::{
    limit::{Class, Key, Limiter},
    tenant::Limits,
};

use self::redis_server::TestRedis;

/// A tenant's caller.
fn scope() -> TenantScope {
    TenantScope::authenticated(TenantId::new(), Actor::ApiKey(ApiKeyId::new()))
}

#[tokio::test]
async fn a_caller_has_its_share_and_takes_nobody_elses() {
    let limiter = Limiter::local();
    let limits = Limits {
        requests_per_minute: 10,
        caller_percent: 30,
        ..Limits::default()
    };
    let one = scope();
    let other = TenantScope::authenticated(one.tenant(), Actor::ApiKey(ApiKeyId::new()));
    let take = async |scope| limiter.take(scope, Class::Requests, &limits, 1).await;
    for left in [2, 1, 0] {
        let allowance = take(&one).await;
        assert_eq!((allowance.limit, allowance.remaining), (3, left));
    }
    for _ in 0..20 {
        assert!(!take(&one).await.granted);
    }
    for _ in 0..3 {
        assert!(take(&other).await.granted);
    }
    let job = TenantScope::authenticated(one.tenant(), Actor::CommandLine);
    let rest = limiter.take(&job, Class::Requests, &limits, 1).await;
    assert_eq!((rest.limit, rest.remaining), (10, 3));
}

#[tokio::test]
async fn processes_on_one_server_share_a_limit_exactly() {
    let Some(server) = TestRedis::start().await else {
        return;
    };
    let limits = Limits {
        questions_per_minute: 50,
        ..Limits::default()
    };
    let (scope, stranger) = (scope(), scope());
    let mut running = Vec::new();
    for _ in 0..4 {
        let limiter = Limiter::shared(server.connect().await);
        running.push(tokio::spawn(async move {
            let mut granted = 0;
            for _ in 0..40 {
                let allowance = limiter.take(&scope, Class::Questions, &limits, 1).await;
                granted += u32::from(allowance.granted);
            }
            granted
        }));
    }
    let started = Instant::now();
    let mut granted = 0;
    for process in running {
        granted += process.await.unwrap();
    }
    let restored = u32::try_from(started.elapsed().as_millis() / 1_200).unwrap() + 1;
    assert!((50..=50 + restored).contains(&granted), "{granted}");
    let limiter = Limiter::shared(server.connect().await);
    let other = limiter.take(&stranger, Class::Questions, &limits, 1).await;
    assert_eq!(other.remaining, 49, "another tenant has lost nothing");
}

#[tokio::test]
async fn keys_say_whose_they_are_and_go_away() {
    let Some(server) = TestRedis::start().await else {
        return;
    };
    let (redis, scope) = (server.connect().await, scope());
    let limiter = Limiter::shared(redis.clone());
    let limits = Limits {
        caller_percent: 50,
        ..Limits::default()
    };
    for class in [Class::Requests, Class::EmbeddingTokens] {
        assert!(limiter.take(&scope, class, &limits, 1).await.granted);
    }
    let mut connection = redis.connection();
    let pattern = redis.key("*");
    let keys: Vec<String> = connection.keys(pattern).await.unwrap();
    assert_eq!(keys.len(), 4, "{keys:?}");
    let begin = format!("{}:limit:{}:", server.prefix(), scope.tenant());
    for key in keys {
        assert!(key.starts_with(&begin), "{key}");
        let left: i64 = connection.pttl(&key).await.unwrap();
        assert!((1..=70_000).contains(&left), "{key} lives {left} ms");
        let value: String = connection.get(&key).await.unwrap();
        let noted: u64 = value.split(' ').nth(1).unwrap().parse().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(
            now.abs_diff(Duration::from_micros(noted)) < Duration::from_secs(60),
            "{value}"
        );
    }
    limiter.forget(&Key::tenant(&scope, Class::Requests)).await;
    let own = redis.key(&format!("limit:{}:requests", scope.tenant()));
    let there: bool = connection.exists(own).await.unwrap();
    assert!(!there);
}

#[tokio::test]
async fn without_the_server_each_process_counts_for_itself_until_it_is_back() {
    let Some(mut server) = TestRedis::start_own().await else {
        return;
    };
    let limiter = Limiter::shared(server.connect().await);
    let (limits, one) = (Limits::default(), scope());
    let take = async || limiter.take(&one, Class::Uploads, &limits, 100).await;
    assert_eq!(take().await.remaining, 500);
    server.kill();
    let started = Instant::now();
    let mut left = Vec::new();
    for _ in 0..6 {
        left.push(take().await.granted);
    }
    assert_eq!(left, [true; 6], "counted by itself from nothing");
    assert!(!take().await.granted, "but counted");
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    server.restart().await;
    // What was counted in the server's absence stays with the process; the server begins anew.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !take().await.granted {
        assert!(Instant::now() < deadline, "never asked again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut connection = server.connect().await.connection();
    let names: Vec<String> = connection.keys("*").await.unwrap();
    assert_eq!(names.len(), 1, "{names:?}");
}
