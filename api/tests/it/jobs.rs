//! Seeing and steering jobs: a tenant its own, an operator all.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

use crate::TestApp;

#[tokio::test]
async fn a_tenant_sees_and_steers_its_own() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let job = app.dead_job(&home.scope).await;
    let path = format!("/api/v1/jobs/{job}");
    let found = app.get(&path, &home.token).await.json(200);
    assert_eq!(
        (&found["state"], &found["lane"], &found["kind"]),
        (&json!("cancelled"), &json!("maintenance"), &json!("erase"))
    );
    assert_eq!(found["tenant_id"], home.scope.tenant().to_string());
    app.post(&format!("{path}/cancel"), &home.token, &json!({}))
        .await
        .problem(409, "conflict");
    let list = app
        .get(
            "/api/v1/jobs?state=cancelled&kind=erase&lane=maintenance",
            &home.token,
        )
        .await
        .json(200);
    assert_eq!(list["data"][0]["id"], job.to_string());
    assert_eq!(
        app.get("/api/v1/jobs?state=dead", &home.token)
            .await
            .json(200)["data"],
        json!([])
    );
    let stats = app.get("/api/v1/jobs/stats", &home.token).await.json(200);
    assert_eq!(
        stats["counts"],
        json!([{ "lane": "maintenance", "kind": "erase", "state": "cancelled", "jobs": 1 }])
    );
    let retried = app
        .post(&format!("{path}/retry"), &home.token, &json!({}))
        .await
        .json(200);
    assert_ne!(retried["state"], "cancelled");
    settled(&app, &home.token, &path).await;
    app.stop().await;
}

#[tokio::test]
async fn an_operator_sees_and_steers_all() {
    let app = TestApp::start().await;
    let (one, two) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let operator = app.operator().await;
    let (first, second) = (
        app.dead_job(&one.scope).await,
        app.dead_job(&two.scope).await,
    );
    let ids = |list: &serde_json::Value| -> Vec<String> {
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = app.get("/api/v1/jobs", &operator).await.json(200);
    assert_eq!(ids(&all), [second.to_string(), first.to_string()]);
    let some = app
        .get("/api/v1/jobs?tenant=bayt-falafel", &operator)
        .await
        .json(200);
    assert_eq!(ids(&some), [first.to_string()]);
    app.get("/api/v1/jobs?tenant=nobody", &operator)
        .await
        .problem(404, "not_found");
    app.get(&format!("/api/v1/jobs/{first}"), &operator)
        .await
        .json(200);

    let bulk = json!({ "action": "retry", "filter": { "state": "cancelled", "tenant": two.scope.tenant() } });
    let result = app
        .post("/api/v1/jobs/bulk", &operator, &bulk)
        .await
        .json(200);
    assert_eq!(result, json!({ "changed": 1, "skipped": 0, "more": false }));
    settled(&app, &operator, &format!("/api/v1/jobs/{second}")).await;
    assert_eq!(
        app.get(&format!("/api/v1/jobs/{first}"), &operator)
            .await
            .json(200)["state"],
        "cancelled"
    );
    let wrong = json!({ "action": "delete", "filter": { "state": "lost" } });
    app.post("/api/v1/jobs/bulk", &operator, &wrong)
        .await
        .problem(422, "invalid_request");
    app.stop().await;
}

#[tokio::test]
async fn live_events_are_ones_own() {
    let app = TestApp::start().await;
    let (mine, theirs) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let mut stream = app
        .call(Method::GET, "/api/v1/jobs/events", &mine.token)
        .send()
        .await
        .unwrap();
    let (own, other) = (
        app.dead_job(&mine.scope).await,
        app.dead_job(&theirs.scope).await,
    );
    app.post(
        &format!("/api/v1/jobs/{other}/retry"),
        &theirs.token,
        &json!({}),
    )
    .await
    .json(200);
    app.post(
        &format!("/api/v1/jobs/{own}/retry"),
        &mine.token,
        &json!({}),
    )
    .await
    .json(200);
    let mut heard = String::new();
    let listening = async {
        while !heard.contains("\"event\":\"succeeded\"") {
            heard.push_str(&String::from_utf8_lossy(
                &stream.chunk().await.unwrap().unwrap(),
            ));
        }
    };
    timeout(Duration::from_secs(20), listening)
        .await
        .expect("the job's end is told");
    assert!(
        heard.contains("event: job\n") && heard.contains(&own.to_string()),
        "{heard}"
    );
    assert!(!heard.contains(&other.to_string()), "{heard}");
    settled(&app, &theirs.token, &format!("/api/v1/jobs/{other}")).await;
    app.stop().await;
}

/// Waits, by looking, until a job has succeeded.
async fn settled(app: &TestApp, token: &str, path: &str) {
    let looking = async {
        while app.get(path, token).await.json(200)["state"] != "succeeded" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), looking)
        .await
        .expect("the job succeeds");
}
