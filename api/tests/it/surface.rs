//! What is around the resources: health, metrics, pages, headers, and stopping.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;
use wafaa_api::{Probes, serve_probes};
use wafaa_jobs::Handle;

use crate::{TestApp, app::Answer};

async fn open(app: &TestApp, path: &str) -> Answer {
    Answer::of(app.request(Method::GET, path).header("accept", "text/html")).await
}

#[tokio::test]
async fn probes_and_metrics() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.dead_job(&home.scope).await;
    assert_eq!(open(&app, "/health/live").await.json(200)["status"], "live");
    assert_eq!(
        open(&app, "/health/ready").await.json(200)["status"],
        "ready"
    );
    app.get(
        "/api/v1/documents/doc_019a0000000070008000000000000000",
        &home.token,
    )
    .await
    .json(404);
    let metrics = open(&app, "/metrics").await;
    assert_eq!(metrics.status.as_u16(), 200);
    // The ledger is this test's own; what happened is counted over all tests of this process.
    for line in [
        "wafaa_jobs{lane=\"maintenance\",kind=\"erase\",state=\"cancelled\",class=\"standard\"} 1\n",
        "wafaa_http_requests_total{method=\"GET\",route=\"/api/v1/documents/{id}\",status=\"404\"} ",
        "wafaa_http_requests_total{method=\"POST\",route=\"/api/v1/auth/login\",status=\"200\"} ",
        "wafaa_http_request_duration_seconds_bucket{method=\"POST\",route=\"/api/v1/auth/login\",le=\"10\"} ",
        "# TYPE process_cpu_seconds_total counter\n",
    ] {
        assert!(
            metrics.text.contains(line),
            "no {line} in\n{}",
            metrics.text
        );
    }
    let again = open(&app, "/metrics").await;
    let ledger = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("wafaa_jobs{"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(ledger(&again.text), ledger(&metrics.text));
    let tenant = home.scope.tenant().to_string();
    assert!(!metrics.text.contains(&tenant) && !metrics.text.contains("bayt-falafel"));
    app.stop().await;
}

#[tokio::test]
async fn a_process_without_an_api_answers_probes_only() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let jobs = Handle::without_workers(wafaa_jobs::kind::all(), None);
    let probes = Probes::new(app.db().clone(), None, jobs);
    let serving = tokio::spawn(serve_probes(listener, probes, shutdown.clone()));
    for (path, status) in [
        ("/health/live", 200),
        ("/health/ready", 200),
        ("/metrics", 200),
        ("/api/v1/bot", 404),
        ("/", 404),
    ] {
        let answer = Answer::of(app.client().get(format!("{base}{path}"))).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        assert!(answer.header("x-request-id").starts_with("req_"));
    }
    // A worker whose database is away still tells what it measures.
    app.db().clone().close().await.unwrap();
    let ready = Answer::of(app.client().get(format!("{base}/health/ready"))).await;
    ready.problem(503, "not_ready");
    let metrics = Answer::of(app.client().get(format!("{base}/metrics"))).await;
    assert_eq!(metrics.status.as_u16(), 200);
    assert!(
        metrics.text.contains("wafaa_build_info"),
        "{}",
        metrics.text
    );
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn pages_are_complete_in_themselves() {
    let app = TestApp::start().await;
    for (path, within) in [("/docs", "SwaggerUIBundle"), ("/redoc", "Redoc.init")] {
        let page = open(&app, path).await;
        assert_eq!(page.status.as_u16(), 200);
        assert!(page.text.contains(within));
        // Neither `<script src>` nor `<link href>`: the policy would refuse them, and there may be no network.
        let head = page.text.split("<body>").next().unwrap();
        assert!(
            !head.contains("<link") && !head.contains("<script src"),
            "{path} loads something"
        );
        assert!(
            page.header("content-security-policy")
                .contains("default-src 'none'")
        );
    }
    let document = open(&app, "/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.text, wafaa_api::openapi_json());
    app.stop().await;
}

#[tokio::test]
async fn the_dashboard_answers_its_own_paths_only() {
    let app = TestApp::start().await;
    // The last is where Meta sends people back to.
    for path in [
        "/",
        "/documents/doc_1",
        "/settings",
        "/meta-login?code=1&state=2",
    ] {
        let page = open(&app, path).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(
            page.header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        // What is played comes with the member's token, and is a blob by then.
        assert!(
            page.header("content-security-policy")
                .contains("media-src 'self' blob:;")
        );
    }
    open(&app, "/api/v1/nothing")
        .await
        .problem(404, "not_found");
    open(&app, "/api").await.problem(404, "not_found");
    Answer::of(app.request(Method::GET, "/settings"))
        .await
        .problem(404, "not_found");
    Answer::of(app.request(Method::POST, "/settings"))
        .await
        .problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let good = app.get("/api/v1/bot", &home.token).await;
    let bad = app.get("/api/v1/nothing", &home.token).await;
    for answer in [&good, &bad] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        assert!(answer.header("x-request-id").starts_with("req_"));
    }
    assert_eq!(good.header("ratelimit-limit"), "6000");
    app.stop().await;
}

#[tokio::test]
async fn stopping_ends_streams_and_lets_answers_finish() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let stream = app
        .call(Method::GET, "/api/v1/jobs/events", &home.token)
        .send()
        .await
        .unwrap();
    let search = app
        .call(Method::POST, "/api/v1/search", &home.token)
        .json(&json!({ "query": "x" }))
        .send()
        .await;
    assert!(search.is_ok());
    timeout(Duration::from_secs(8), app.stop())
        .await
        .expect("an open stream doesn't hold the server up");
    assert!(timeout(Duration::from_secs(1), stream.text()).await.is_ok());
}
