//! A tenant's own systems: their addresses, secrets and what they were told.

use serde_json::json;

use crate::TestApp;

#[tokio::test]
async fn a_secret_is_shown_once_and_again_to_a_repetition() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let new = json!({ "url": "https://hooks.shop.example/wafaa", "events": ["message.received"] });
    let create = async || {
        let request = app.call(reqwest::Method::POST, "/api/v1/webhooks", &home.token);
        let request = request.header("idempotency-key", "hook-1").json(&new);
        crate::app::Answer::of(request).await.json(201)
    };
    let made = create().await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() > 40);
    assert_eq!(create().await, made);
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().unwrap());
    for path in [&path, "/api/v1/webhooks"] {
        let shown = app.get(path, &home.token).await;
        assert!(!shown.text.contains(secret), "{}", shown.text);
    }
    let off = json!({ "enabled": false, "events": [] });
    let changed = app.patch(&path, &home.token, &off).await.json(200);
    assert_eq!(
        (&changed["enabled"], &changed["events"]),
        (&json!(false), &json!([]))
    );
    for wrong in [
        json!({ "url": "ftp://hooks.shop.example/" }),
        json!({ "url": "https://me:secret@hooks.shop.example/" }),
        json!({ "url": "https://hooks.shop.example/", "events": ["message.recieved"] }),
    ] {
        app.post("/api/v1/webhooks", &home.token, &wrong)
            .await
            .problem(422, "invalid_request");
    }
    app.delete(&path, &home.token).await.json(204);
    app.get(&path, &home.token).await.problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn deliveries_are_listed_and_belong_to_their_address() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let (webhook, delivery) = app.delivery(&home).await;
    let path = format!("/api/v1/webhooks/{webhook}/deliveries");
    let list = app.get(&path, &home.token).await.json(200);
    let first = &list["data"][0];
    assert_eq!(
        (&first["id"], &first["status"], &first["payload"]["type"]),
        (
            &json!(delivery),
            &json!("pending"),
            &json!("message.received")
        )
    );
    // It is being told anyway.
    let replay = format!("{path}/{delivery}/replay");
    app.post(&replay, &home.token, &json!({}))
        .await
        .problem(409, "conflict");
    let (other, _) = app.delivery(&home).await;
    let wrong = format!("/api/v1/webhooks/{other}/deliveries/{delivery}/replay");
    app.post(&wrong, &home.token, &json!({}))
        .await
        .problem(404, "not_found");
    app.stop().await;
}
