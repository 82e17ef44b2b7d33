//! Erasing a tenant by request.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use wafaa_domain::Role;
use wafaa_storage::erasure::Receipt;

use crate::TestApp;

#[tokio::test]
async fn an_operator_erases_a_tenant_and_gets_a_receipt() {
    let app = TestApp::start().await;
    let (gone, stays) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let operator = app.operator().await;
    app.document(&gone.scope, "Hours", "Open at nine.").await;
    let kept = app.document(&stays.scope, "Hours", "Open at ten.").await;
    let path = format!("/api/v1/tenants/{}", gone.scope.tenant());
    for token in [&gone.token, &app.token_of(&gone, Role::Owner).await] {
        app.delete(&path, token).await.problem(403, "operator_only");
    }
    app.delete(&path, &stays.token)
        .await
        .problem(404, "not_found");

    let answer = app.delete(&path, &operator).await;
    let receipt = answer.json(200);
    assert_eq!(receipt["slug"], "bayt-falafel");
    assert_eq!(receipt["rows"]["documents"], 1);
    assert_eq!(receipt["rows"]["members"], 2);
    assert_eq!(receipt["vectors"]["passages"], 1);
    // The digest is of what was sent, so a client can check it.
    let mut unsealed = receipt.clone();
    let digest = unsealed.as_object_mut().unwrap().remove("sha256").unwrap();
    assert_eq!(digest, format!("{:x}", Sha256::digest(sorted(&unsealed))));
    let read: Receipt = serde_json::from_value(receipt.clone()).unwrap();
    assert!(read.is_genuine());

    assert_eq!(
        app.delete(&path, &operator).await.json(200),
        receipt,
        "asked again"
    );
    app.get(&path, &operator).await.problem(404, "not_found");
    app.get("/api/v1/documents", &gone.token)
        .await
        .problem(401, "unauthenticated");
    app.login("owner@bayt-falafel.example", crate::fixture::PASSWORD, None)
        .await
        .problem(401, "invalid_credentials");
    let document = format!("/api/v1/documents/{kept}");
    app.get(&document, &stays.token).await.json(200);
    let found = app
        .post(
            "/api/v1/search",
            &stays.token,
            &json!({ "query": "Open at ten" }),
        )
        .await
        .json(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let vectors = app.services.vectors.measure(&gone.scope).await.unwrap();
    assert_eq!((vectors.passages, vectors.bytes), (0, 0));
    let unknown = "/api/v1/tenants/ten_019a0000000070008000000000000000";
    app.delete(unknown, &operator)
        .await
        .problem(404, "not_found");
    app.stop().await;
}

/// Compact JSON with sorted keys.
fn sorted(json: &serde_json::Value) -> String {
    match json.as_object() {
        None => json.to_string(),
        Some(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            let entries: Vec<String> = keys
                .iter()
                .map(|key| format!("{}:{}", json!(key), sorted(&map[*key])))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}
