//! Connecting channels: what goes in and what never comes out.

use serde_json::{Value, json};
use wafaa_domain::Role;

use crate::{TestApp, fixture::Home};

fn whatsapp(number: &str) -> Value {
    json!({
        "kind": "whatsapp",
        "name": "Our number",
        "settings": { "phone_number_id": number },
        "secrets": { "access_token": "EAAB-very-secret", "app_secret": "app-secret", "verify_token": "let-me-in" },
    })
}

async fn connect(app: &TestApp, home: &Home, number: &str) -> Value {
    app.post("/api/v1/channels", &home.token, &whatsapp(number))
        .await
        .json(201)
}

#[tokio::test]
async fn secrets_go_in_and_never_come_out() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let made = app
        .post("/api/v1/channels", &home.token, &whatsapp("111"))
        .await;
    let id = made.json(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/channels/{id}");
    let viewer = app.token_of(&home, Role::Viewer).await;
    let one = app.get(&path, &viewer).await;
    let all = app.get("/api/v1/channels", &viewer).await;
    let change = json!({ "name": "The number", "secrets": { "access_token": "EAAB-another" } });
    let changed = app.patch(&path, &home.token, &change).await;
    let log = app.get("/api/v1/audit-log", &home.token).await;
    for answer in [&made, &one, &all, &changed, &log] {
        for secret in ["EAAB", "app-secret", "let-me-in"] {
            assert!(!answer.text.contains(secret), "{}", answer.text);
        }
    }
    let shown = changed.json(200);
    assert_eq!(
        shown["secret_names"],
        json!(["access_token", "app_secret", "verify_token"])
    );
    assert_eq!(shown["external_id"], "111");
    assert_eq!(shown["webhook_path"], "/webhooks/whatsapp/bayt-falafel");
    assert_eq!(shown["name"], "The number");
    assert_eq!(shown["public_token"], Value::Null);
    // Nor are they in the database as they are.
    let file = std::fs::read(app.files().join("wafaa.db")).unwrap();
    let log = std::fs::read(app.files().join("wafaa.db-wal")).unwrap_or_default();
    for kept in [file, log] {
        assert!(!String::from_utf8_lossy(&kept).contains("EAAB"));
    }
    app.patch(&path, &viewer, &json!({ "name": "x" }))
        .await
        .problem(403, "role_insufficient");
    app.delete(&path, &home.token).await.json(204);
    app.get(&path, &home.token).await.problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn every_mistake_is_named_and_an_account_is_connected_once() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let wrong = json!({ "kind": "whatsapp", "name": "x", "secrets": { "access_token": "EAAB" } });
    let problem = app
        .post("/api/v1/channels", &home.token, &wrong)
        .await
        .problem(422, "invalid_request");
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect();
    for field in [
        "settings.phone_number_id",
        "secrets.app_secret",
        "secrets.verify_token",
    ] {
        assert!(fields.contains(&field), "{field} is not among {fields:?}");
    }
    let unknown = json!({ "kind": "pigeon", "name": "x" });
    app.post("/api/v1/channels", &home.token, &unknown)
        .await
        .problem(422, "invalid_request");
    connect(&app, &home, "111").await;
    app.post("/api/v1/channels", &home.token, &whatsapp("111"))
        .await
        .problem(409, "already_exists");
    connect(&app, &home, "222").await;
    app.stop().await;
}

#[tokio::test]
async fn a_test_says_what_is_wrong_and_the_status_follows() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let made = connect(&app, &home, "111").await;
    assert_eq!(made["status"], "ok");
    let path = format!("/api/v1/channels/{}", made["id"].as_str().unwrap());
    let health = app
        .post(&format!("{path}/test"), &home.token, &json!({}))
        .await
        .json(200);
    assert_eq!(health["ok"], false, "nobody is there: {health}");
    let wrong = health["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["ok"] == false)
        .unwrap();
    assert!(!wrong["detail"].as_str().unwrap().is_empty());
    let now = app.get(&path, &home.token).await.json(200);
    assert_eq!(
        (&now["status"], &now["status_detail"]),
        (&json!("error"), &wrong["detail"])
    );
    let web = json!({ "kind": "web", "name": "Site", "settings": { "allowed_origins": ["https://shop.example"] } });
    let web = app
        .post("/api/v1/channels", &home.token, &web)
        .await
        .json(201);
    assert!(web["public_token"].as_str().unwrap().starts_with("wct_"));
    let path = format!("/api/v1/channels/{}/test", web["id"].as_str().unwrap());
    let health = app.post(&path, &home.token, &json!({})).await.json(200);
    assert_eq!(health["ok"], true, "{health}");
    app.stop().await;
}
