//! Customers: what is kept of them, and having it forgotten.

use serde_json::json;
use wafaa_domain::Role;

use crate::TestApp;

#[tokio::test]
async fn a_contact_is_changed_exported_and_forgotten() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let talk = app.talk(&home.scope).await;
    let path = format!("/api/v1/contacts/{}", talk.contact);
    let found = app
        .get("/api/v1/contacts?q=Hud", &home.token)
        .await
        .json(200);
    assert_eq!(found["data"][0]["id"], talk.contact.to_string());
    let shown = app.get(&path, &home.token).await.json(200);
    assert_eq!(
        shown["identities"],
        json!([{ "channel_id": talk.channel, "identity": "visitor-1" }])
    );
    let change = json!({ "name": "Huda A.", "opted_out": true });
    let changed = app.patch(&path, &home.token, &change).await.json(200);
    assert_eq!(changed["name"], "Huda A.");
    assert!(changed["opted_out_at"].is_string());
    let said = json!({ "text": "Hello?" });
    let messages = format!("/api/v1/conversations/{}/messages", talk.conversation);
    app.post(&messages, &home.token, &said)
        .await
        .problem(409, "opted_out");

    let agent = app.token_of(&home, Role::Agent).await;
    app.get(&format!("{path}/export"), &agent)
        .await
        .problem(403, "role_insufficient");
    let export = app.get(&format!("{path}/export"), &home.token).await;
    for part in ["Huda A.", "966511111111", "Do you deliver?"] {
        assert!(
            export.text.contains(part),
            "{part} is not in {}",
            export.text
        );
    }
    let erased = app.delete(&path, &home.token).await.json(200);
    assert_eq!(
        (&erased["conversations"], &erased["messages"]),
        (&json!(1), &json!(1))
    );
    app.get(&path, &home.token).await.problem(404, "not_found");
    app.get(&messages, &home.token)
        .await
        .problem(404, "not_found");
    let log = app.get("/api/v1/audit-log", &home.token).await;
    assert!(log.text.contains("contact.erased") && !log.text.contains("Huda"));
    app.stop().await;
}
