//! Tenants, members, API keys and the audit log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{TestApp, app::Answer, fixture::PASSWORD};

async fn once(app: &TestApp, path: &str, token: &str, key: &'static str, body: &Value) -> Answer {
    Answer::of(
        app.call(Method::POST, path, token)
            .header("idempotency-key", key)
            .json(body),
    )
    .await
}

#[tokio::test]
async fn an_operator_adds_a_tenant_whose_owner_signs_in() {
    let app = TestApp::start().await;
    let operator = app.operator().await;
    let admin = json!({ "email": "boss@sindbad-books.example", "password": PASSWORD });
    let new = json!({ "slug": "sindbad-books", "name": "Sindbad", "admin": admin, "limits": { "uploads_per_minute": 7 } });
    let made = once(&app, "/api/v1/tenants", &operator, "t-1", &new)
        .await
        .json(201);
    assert_eq!(made["limits"]["uploads_per_minute"], 7);
    assert_eq!(made["limits"]["requests_per_minute"], 6000);
    assert_eq!(
        once(&app, "/api/v1/tenants", &operator, "t-1", &new)
            .await
            .json(201),
        made
    );
    app.post("/api/v1/tenants", &operator, &new)
        .await
        .problem(409, "already_exists");
    let tokens = app
        .login("boss@sindbad-books.example", PASSWORD, None)
        .await
        .json(200);
    let me = app
        .get("/api/v1/auth/me", tokens["access_token"].as_str().unwrap())
        .await
        .json(200);
    assert_eq!(
        (&me["tenant"]["id"], &me["role"]),
        (&made["id"], &json!("owner"))
    );

    let path = format!("/api/v1/tenants/{}", made["id"].as_str().unwrap());
    let change = json!({ "name": "Sindbad Books", "limits": { "questions_per_minute": 9 } });
    let changed = app.patch(&path, &operator, &change).await.json(200);
    assert_eq!(
        (
            &changed["limits"]["questions_per_minute"],
            &changed["limits"]["uploads_per_minute"]
        ),
        (&json!(9), &json!(7))
    );
    let list = app.get("/api/v1/tenants", &operator).await.json(200);
    assert_eq!(list["data"][0]["name"], "Sindbad Books");
    app.stop().await;
}

#[tokio::test]
async fn the_demo_password_stays_in_the_demo() {
    let app = TestApp::start().await;
    let operator = app.operator().await;
    let home = app.home("bayt-falafel").await;
    let admin = json!({ "email": "a@b.example", "password": "wafaa-demo" });
    let tenant = json!({ "slug": "new-one", "name": "New", "admin": admin });
    app.post("/api/v1/tenants", &operator, &tenant)
        .await
        .problem(422, "demo_password");
    let member = json!({ "email": "a@b.example", "password": "wafaa-demo", "role": "viewer" });
    app.post("/api/v1/members", &home.token, &member)
        .await
        .problem(422, "demo_password");
    let path = format!("/api/v1/members/{}", home.owner);
    app.patch(&path, &home.token, &json!({ "password": "wafaa-demo" }))
        .await
        .problem(422, "demo_password");
    app.stop().await;
}

#[tokio::test]
async fn members_come_change_and_go_and_an_owner_stays() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let new = json!({ "email": "Cook@Bayt.example", "password": PASSWORD, "role": "agent" });
    let made = once(&app, "/api/v1/members", &home.token, "m-1", &new)
        .await
        .json(201);
    assert_eq!(
        (&made["email"], &made["role"]),
        (&json!("cook@bayt.example"), &json!("agent"))
    );
    assert_eq!(
        once(&app, "/api/v1/members", &home.token, "m-1", &new)
            .await
            .json(201),
        made
    );
    let other = json!({ "email": "waiter@bayt.example", "password": PASSWORD, "role": "agent" });
    once(&app, "/api/v1/members", &home.token, "m-1", &other)
        .await
        .problem(409, "idempotency_key_reused");
    app.post("/api/v1/members", &home.token, &new)
        .await
        .problem(409, "already_exists");

    let path = format!("/api/v1/members/{}", made["id"].as_str().unwrap());
    let own = format!("/api/v1/members/{}", home.owner);
    app.patch(&own, &home.token, &json!({ "role": "admin" }))
        .await
        .problem(409, "last_owner");
    app.delete(&own, &home.token)
        .await
        .problem(409, "last_owner");
    let promoted = app
        .patch(&path, &home.token, &json!({ "role": "owner" }))
        .await
        .json(200);
    assert_eq!(promoted["role"], "owner");
    app.delete(&own, &home.token).await.json(204);
    app.login("cook@bayt.example", PASSWORD, None)
        .await
        .json(200);
    app.stop().await;
}

#[tokio::test]
async fn a_key_is_shown_once_opens_its_tenant_and_can_be_revoked() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let new = json!({ "name": "website", "role": "viewer" });
    let made = once(&app, "/api/v1/api-keys", &home.token, "k-1", &new)
        .await
        .json(201);
    let again = once(&app, "/api/v1/api-keys", &home.token, "k-1", &new)
        .await
        .json(201);
    assert_eq!(made, again, "a lost answer is given again, key and all");
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("wk_") && key.len() == 46, "{key}");
    assert!(key.ends_with(made["hint"].as_str().unwrap()));
    let me = app.get("/api/v1/auth/me", key).await.json(200);
    assert_eq!(
        (&me["api_key_id"], &me["member"], &me["role"]),
        (&made["id"], &Value::Null, &json!("viewer"))
    );
    let list = app.get("/api/v1/api-keys", &home.token).await;
    assert!(!list.text.contains(key), "a key is shown once");
    assert_eq!(list.json(200)["data"].as_array().unwrap().len(), 1);
    let database = std::fs::read(app.files().join("wafaa.db")).unwrap();
    let journal = std::fs::read(app.files().join("wafaa.db-wal")).unwrap_or_default();
    for bytes in [database, journal] {
        assert!(
            !String::from_utf8_lossy(&bytes).contains(key),
            "the key itself is not stored"
        );
    }
    app.delete(
        &format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap()),
        &home.token,
    )
    .await
    .json(204);
    app.get("/api/v1/auth/me", key)
        .await
        .problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn the_log_says_who_did_what() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.post(
        "/api/v1/api-keys",
        &home.token,
        &json!({ "name": "k", "role": "viewer" }),
    )
    .await
    .json(201);
    app.patch("/api/v1/bot", &home.token, &json!({ "name": "Layla" }))
        .await
        .json(200);
    let log = app
        .get("/api/v1/audit-log?limit=1", &home.token)
        .await
        .json(200);
    assert_eq!(log["data"][0]["action"], "bot.updated");
    assert_eq!(log["data"][0]["actor"], home.owner.to_string());
    let cursor = log["next_cursor"].as_str().unwrap();
    let next = app
        .get(&format!("/api/v1/audit-log?cursor={cursor}"), &home.token)
        .await
        .json(200);
    assert_eq!(next["data"][0]["action"], "api_key.created");
    app.stop().await;
}
