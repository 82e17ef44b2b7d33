//! What tenants and callers may use, by one process and by several.

#[path = "../../../storage/tests/support/redis.rs"]
mod redis_server;

pub(crate) mod model;

use std::time::Duration;

use redis::AsyncCommands as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use wafaa_pipelines::conversation::Responder;
use wafaa_storage::{limit::Limiter, redis::Redis, tenant::Limits};

use self::{model::FakeModel, redis_server::TestRedis};
use crate::{TestApp, app::Answer, fixture::Home};

const QUESTION: &str = "When does the kitchen open?";
const LOGIN: &str = "/api/v1/auth/login";

async fn search(app: &TestApp, home: &Home) -> Answer {
    app.post("/api/v1/search", &home.token, &json!({ "query": "x" }))
        .await
}

async fn change(app: &TestApp, operator: &str, home: &Home, limits: Value) {
    let path = format!("/api/v1/tenants/{}", home.scope.tenant());
    let change = json!({ "limits": limits });
    app.patch(&path, operator, &change).await.json(200);
}

/// The keys in Redis.
async fn names(redis: &Redis) -> Vec<String> {
    let pattern = redis.key("*");
    redis.connection().keys(pattern).await.unwrap()
}

fn few_questions(questions_per_minute: u32) -> Limits {
    Limits {
        questions_per_minute,
        ..Limits::default()
    }
}

/// One every twenty seconds, so that none is restored while the test runs.
#[tokio::test]
async fn two_processes_share_a_tenants_limits_and_changes_hold_in_both() {
    let Some(server) = TestRedis::start().await else {
        return;
    };
    let app = TestApp::start_with(Limiter::shared(server.connect().await)).await;
    let other = app.beside(Limiter::shared(server.connect().await)).await;
    let operator = app.operator().await;
    let home = app.home_with("bayt-falafel", few_questions(3)).await;
    let quiet = app.home_with("noor-homes", few_questions(3)).await;
    let elsewhere = async |home: &Home| {
        let body = json!({ "query": "x" });
        other.post("/api/v1/search", &home.token, &body).await
    };
    let first = search(&app, &home).await;
    assert_eq!(
        (
            first.header("ratelimit-limit"),
            first.header("ratelimit-remaining"),
            first.header("ratelimit-reset")
        ),
        ("3", "2", "20")
    );
    let second = elsewhere(&home).await;
    assert_eq!(second.header("ratelimit-remaining"), "1");
    search(&app, &home).await.json(200);
    elsewhere(&home).await.problem(429, "rate_limited");
    let refused = search(&app, &home).await;
    refused.problem(429, "rate_limited");
    assert!((1..=20).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    let untouched = elsewhere(&quiet).await;
    assert_eq!(untouched.header("ratelimit-remaining"), "2");

    change(&app, &operator, &home, json!({ "questions_per_minute": 5 })).await;
    let raised = elsewhere(&home).await;
    raised.json(200);
    assert_eq!(raised.header("ratelimit-limit"), "5");
    search(&app, &home).await.json(200);
    search(&app, &home).await.problem(429, "rate_limited");
    change(&app, &operator, &home, json!({ "questions_per_minute": 1 })).await;
    let lowered = elsewhere(&home).await;
    lowered.problem(429, "rate_limited");
    assert_eq!(lowered.header("ratelimit-limit"), "1");
    other.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn one_process_takes_a_changed_limit_at_once() {
    let app = TestApp::start().await;
    let operator = app.operator().await;
    let home = app.home_with("bayt-falafel", few_questions(1)).await;
    search(&app, &home).await.json(200);
    search(&app, &home).await.problem(429, "rate_limited");
    change(&app, &operator, &home, json!({ "questions_per_minute": 2 })).await;
    search(&app, &home).await.json(200);
    search(&app, &home).await.problem(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn without_redis_requests_are_answered_all_the_same() {
    let Some(mut server) = TestRedis::start_own().await else {
        return;
    };
    let app = TestApp::start_with(Limiter::shared(server.connect().await)).await;
    let home = app.home("bayt-falafel").await;
    let list = async || app.get("/api/v1/documents", &home.token).await;
    assert_eq!(list().await.header("ratelimit-limit"), "6000");
    server.kill();
    for _ in 0..20 {
        let answer = list().await;
        answer.json(200);
        assert_eq!(answer.header("ratelimit-limit"), "6000");
    }
    app.login("owner@bayt-falafel.example", "a wrong guess", None)
        .await
        .problem(401, "invalid_credentials");
    server.restart().await;
    let deadline = Instant::now() + Duration::from_secs(30);
    let redis = server.connect().await;
    while names(&redis).await.is_empty() {
        list().await.json(200);
        assert!(Instant::now() < deadline, "Redis was never asked again");
        sleep(Duration::from_millis(100)).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn a_key_is_held_to_its_share_and_told_so() {
    let app = TestApp::start().await;
    let limits = Limits {
        caller_percent: 10,
        questions_per_minute: 20,
        ..Limits::default()
    };
    let home = app.home_with("bayt-falafel", limits).await;
    let new = json!({ "name": "website", "role": "viewer" });
    let made = app.post("/api/v1/api-keys", &home.token, &new).await;
    let key = made.json(201)["key"].as_str().unwrap().to_owned();
    let ask = async || {
        app.post("/api/v1/search", &key, &json!({ "query": "x" }))
            .await
    };
    let first = ask().await;
    assert_eq!(
        (
            first.header("ratelimit-limit"),
            first.header("ratelimit-remaining")
        ),
        ("2", "1")
    );
    ask().await.json(200);
    ask().await.problem(429, "rate_limited");
    search(&app, &home).await.json(200);
    app.stop().await;
}

#[tokio::test]
async fn guesses_are_counted_by_all_processes_and_hosts_are_not_readable() {
    let Some(server) = TestRedis::start().await else {
        return;
    };
    let redis = server.connect().await;
    let app = TestApp::start_with(Limiter::shared(redis.clone())).await;
    let other = app.beside(Limiter::shared(server.connect().await)).await;
    let guess = json!({ "email": "Owner@bayt-falafel.example", "password": "a wrong guess" });
    let from = async |host: &str| {
        let request = app.request(Method::POST, LOGIN).json(&guess);
        Answer::of(request.header("x-forwarded-for", host)).await
    };
    for host in ["192.0.2.7", "192.0.2.8", "192.0.2.8, 127.0.0.1"] {
        from(host).await.problem(401, "invalid_credentials");
    }
    for _ in 0..2 {
        other
            .post(LOGIN, "", &guess)
            .await
            .problem(401, "invalid_credentials");
    }
    other
        .post(LOGIN, "", &guess)
        .await
        .problem(429, "too_many_attempts");
    let refused = from("192.0.2.9").await;
    refused.problem(429, "too_many_attempts");
    assert!((1..=10).contains(&refused.header("retry-after").parse::<u64>().unwrap()));

    let keys = names(&redis).await;
    let of = |what: &str| {
        let begin = format!("{}:limit:sign_in:{what}:", server.prefix());
        keys.iter().filter(|key| key.starts_with(&begin)).count()
    };
    assert_eq!((of("address"), of("host")), (1, 4), "{keys:?}");
    for plain in ["bayt-falafel", "192.0.2", "127.0.0.1"] {
        assert!(!keys.iter().any(|key| key.contains(plain)), "{keys:?}");
    }
    other.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn a_full_tenant_is_told_so_and_goes_on_after_a_deletion() {
    let app = TestApp::start().await;
    let limits = Limits {
        storage_bytes: 100,
        ..Limits::default()
    };
    let home = app.home_with("bayt-falafel", limits).await;
    let other = app.home("noor-homes").await;
    let first = app.upload(&home.token, "a.txt", &[b'a'; 60], &[]).await;
    let first = first.json(202)["document"]["id"].clone();
    let path = format!("/api/v1/documents/{}", first.as_str().unwrap());
    let refused = app.upload(&home.token, "b.txt", &[b'b'; 41], &[]).await;
    let problem = refused.problem(413, "storage_full");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("60 of 100 bytes"),
        "{problem}"
    );
    let twice = app.upload(&home.token, "a.txt", &[b'a'; 60], &[]).await;
    assert_eq!(twice.json(202)["document"]["id"], first, "it is there");
    let replace = async |content: &'static [u8]| {
        let request = app.call(Method::PUT, &format!("{path}/content"), &home.token);
        Answer::of(request.body(content)).await
    };
    replace(&[b'c'; 101]).await.problem(413, "storage_full");
    replace(&[b'c'; 100]).await.json(202);
    replace(&[b'd'; 99]).await.json(202);
    app.upload(&other.token, "b.txt", &[b'b'; 41], &[])
        .await
        .json(202);
    let all = app.get("/api/v1/documents", &home.token).await.json(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);

    app.delete(&path, &home.token).await.json(204);
    let again = app.upload(&home.token, "b.txt", &[b'b'; 41], &[]).await;
    let again = again.json(202)["document"]["id"].clone();
    settled(&app, &home, &again).await;
    let others = app.get("/api/v1/documents", &other.token).await.json(200);
    settled(&app, &other, &others["data"][0]["id"]).await;
    app.stop().await;
}

/// Waits until nothing works on a document any more.
async fn settled(app: &TestApp, home: &Home, id: &Value) {
    let path = format!("/api/v1/documents/{}/events", id.as_str().unwrap());
    app.get(&path, &home.token).await;
}

#[tokio::test]
async fn a_models_tokens_are_charged_and_run_out() {
    let app = TestApp::start().await;
    let model = FakeModel::start().await;
    let responder = Responder::generative(app.retriever(), model.gateway());
    let generative = app.answering_with(responder).await;
    let limits = Limits {
        llm_tokens_per_day: 200,
        ..Limits::default()
    };
    let whole = app.home_with("bayt-falafel", limits).await;
    let streamed = app.home_with("noor-homes", limits).await;
    for (home, body) in [
        (&whole, json!({ "question": QUESTION })),
        (&streamed, json!({ "question": QUESTION, "stream": true })),
    ] {
        let text = "The kitchen opens at nine in the morning.";
        app.document(&home.scope, "Hours", text).await;
        let ask = async || generative.post("/api/v1/ask", &home.token, &body).await;
        // 127 tokens each: 73 are left, then 54 are owed.
        for _ in 0..2 {
            let answer = ask().await;
            assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
            assert!(answer.text.contains("fake-1"), "{}", answer.text);
            assert_eq!(answer.header("ratelimit-limit"), "1200");
        }
        let refused = ask().await;
        refused.problem(429, "llm_tokens_exhausted");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((23_000..=24_000).contains(&wait), "55 of 200 a day: {wait}");
        assert_eq!(refused.header("ratelimit-limit"), "200");
        // Quoting needs no tokens.
        app.post("/api/v1/ask", &home.token, &json!({ "question": QUESTION }))
            .await
            .json(200);
    }
    generative.stop().await;
    app.stop().await;
}
