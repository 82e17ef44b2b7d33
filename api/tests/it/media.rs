//! Files that come with messages, within what a tenant may keep.

use hmac::{Hmac, Mac as _};
use poem::http::StatusCode;
use reqwest::{Method, header};
use serde_json::{Value, json};
use sha2::Sha256;
use wafaa_domain::SystemScope;
use wafaa_storage::{
    limit::Limiter,
    room,
    tenant::{self, Limits},
};

use crate::{TestApp, app::Answer, fixture::Home, provider::Provider};

const SECRET: &str = "the-apps-secret";
const NUMBER: &str = "1122334455667";
const CUSTOMER: &str = "966511111111";
/// With the quotes that make it JSON.
const FILE_BYTES: u64 = 302;

/// WhatsApp, whose files all have 302 bytes.
async fn provider() -> Provider {
    Provider::saying(|path| {
        let reply = if path.contains("/photo-") {
            json!({ "url": "{base}/file", "mime_type": "text/plain" })
        } else if path.ends_with("/file") {
            Value::String("x".repeat(300))
        } else {
            json!({ "messages": [{ "id": "wamid.sent" }] })
        };
        (StatusCode::OK, reply)
    })
    .await
}

fn room_for(storage_bytes: u64) -> Limits {
    Limits {
        storage_bytes,
        ..Limits::default()
    }
}

async fn connect(app: &TestApp, home: &Home) {
    let channel = json!({
        "kind": "whatsapp",
        "name": "Our number",
        "settings": { "phone_number_id": NUMBER },
        "secrets": { "access_token": "EAAB", "app_secret": SECRET, "verify_token": "let me in" },
    });
    app.post("/api/v1/channels", &home.token, &channel)
        .await
        .json(201);
    app.without_merging(home).await;
}

/// A customer sends a photo; answers the message once nothing is left to do.
async fn photo(app: &TestApp, home: &Home, number: u32) -> Value {
    let message = json!({ "from": CUSTOMER, "id": format!("wamid.{number}"), "timestamp": now(), "type": "image",
        "image": { "id": format!("photo-{number}"), "mime_type": "image/png", "caption": "Thanks" } });
    told(app, message).await;
    message_of(app, home, number).await
}

fn now() -> String {
    chrono::Utc::now().timestamp().to_string()
}

/// WhatsApp tells of something, and nothing is left to do.
async fn told(app: &TestApp, message: Value) {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "966500000000", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": "Huda" }, "wa_id": CUSTOMER }],
        "messages": [message],
    });
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }],
    });
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let request = app.request(Method::POST, "/webhooks/whatsapp/bayt-falafel");
    let request = request.header("x-hub-signature-256", signature).body(body);
    Answer::of(request).await.json(200);
    app.settle().await;
}

async fn message_of(app: &TestApp, home: &Home, number: u32) -> Value {
    let list = app
        .get("/api/v1/conversations", &home.token)
        .await
        .json(200);
    let conversation = list["data"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let list = app.get(&path, &home.token).await.json(200);
    let provider_id = format!("wamid.{number}");
    let all = list["data"].as_array().unwrap();
    let found = all
        .iter()
        .find(|message| message["provider_id"] == provider_id.as_str());
    found.unwrap().clone()
}

fn media(message: &Value) -> String {
    format!("/api/v1/messages/{}/media", message["id"].as_str().unwrap())
}

async fn used(app: &TestApp, home: &Home) -> u64 {
    let tx = app.db().read(home.scope).await.unwrap();
    let used = room::used_bytes(&tx).await.unwrap();
    tx.commit().await.unwrap();
    used
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_not_kept_and_its_message_says_why() {
    let provider = provider().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let home = app.home_with("bayt-falafel", room_for(301)).await;
    connect(&app, &home).await;
    let message = photo(&app, &home, 1).await;
    assert_eq!(
        (&message["kind"], &message["text"]),
        (&json!("image"), &json!("Thanks"))
    );
    let refused = message["content"]["refused"].as_str().unwrap();
    assert!(
        refused.contains("storage is full") && refused.contains("301"),
        "{refused}"
    );
    assert_eq!(message["content"].get("bytes"), None);
    app.get(&media(&message), &home.token)
        .await
        .problem(404, "not_found");
    assert_eq!(used(&app, &home).await, 0);

    let system = SystemScope::new("a test changes a limit");
    let tx = app.db().write(system).await.unwrap();
    tenant::update(&tx, home.scope.tenant(), "Test", room_for(FILE_BYTES))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let message = photo(&app, &home, 2).await;
    assert_eq!(message["content"]["bytes"], FILE_BYTES, "{message}");
    let kept = app.get(&media(&message), &home.token).await;
    assert_eq!(kept.text.len() as u64, FILE_BYTES);
    assert_eq!(used(&app, &home).await, FILE_BYTES);
    // Full: what comes now isn't even fetched, and documents find no room either.
    let fetched = provider.asked("/file").len();
    let message = photo(&app, &home, 3).await;
    assert!(message["content"]["refused"].is_string(), "{message}");
    assert_eq!(provider.asked("/file").len(), fetched);
    app.upload(&home.token, "menu.txt", b"Falafel", &[])
        .await
        .problem(413, "storage_full");
    app.stop().await;
}

#[tokio::test]
async fn a_visitors_file_beyond_the_limit_is_not_kept_either() {
    let app = TestApp::start().await;
    let home = app.home_with("bayt-falafel", room_for(20)).await;
    app.without_merging(&home).await;
    let chat = app.web_chat(&home.scope).await;
    let base = format!("/widget/{}/conversations", chat.public_token.unwrap());
    let begun = app.visit(&base, None, &json!({})).await.json(201);
    let token = begun["visitor_token"].as_str().unwrap();
    let path = format!("{base}/{}/files", begun["id"].as_str().unwrap());
    let send = async |name: &str, content: &[u8]| {
        let mut body = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        body.extend(content);
        body.extend(b"\r\n--cut--\r\n");
        let request = app.call(Method::POST, &path, token);
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
        Answer::of(request.body(body)).await.json(201)
    };
    let kept = send("short.txt", b"ten bytes.").await;
    assert_eq!(kept["file"]["kept"], true);
    let refused = send("long.txt", b"more than is left").await;
    assert_eq!(
        (&refused["file"]["kept"], &refused["file"]["name"]),
        (&json!(false), &json!("long.txt"))
    );
    for (message, status) in [(&kept, 200), (&refused, 404)] {
        let file = format!("{path}/{}", message["id"].as_str().unwrap());
        let answer = app.get(&file, token).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    assert_eq!(used(&app, &home).await, 10);
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_file_follows_what_becomes_of_its_message() {
    let provider = provider().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let home = app.home_with("bayt-falafel", room_for(1_000)).await;
    connect(&app, &home).await;
    let kept = photo(&app, &home, 1).await;
    assert_eq!(kept["content"]["bytes"], FILE_BYTES, "{kept}");
    let edit = json!({ "from": CUSTOMER, "id": "wamid.edit", "timestamp": now(), "type": "edit", "edit": {
        "original_message_id": "wamid.1",
        "message": { "type": "image", "image": { "id": "photo-2", "mime_type": "image/png", "caption": "Sorry" } },
    } });
    told(&app, edit).await;
    let edited = message_of(&app, &home, 1).await;
    assert_eq!(
        (&edited["text"], &edited["content"]["bytes"]),
        (&json!("Sorry"), &json!(FILE_BYTES)),
        "{edited}"
    );
    assert_eq!(provider.asked("/photo-2").len(), 1);
    app.get(&media(&edited), &home.token).await.json(200);
    assert_eq!(used(&app, &home).await, FILE_BYTES);

    assert_eq!(app.files_of(&home.scope).await, 1);
    let revoke = json!({ "from": CUSTOMER, "id": "wamid.revoke", "timestamp": now(), "type": "revoke",
        "revoke": { "original_message_id": "wamid.1" } });
    told(&app, revoke).await;
    app.get(&media(&kept), &home.token)
        .await
        .problem(404, "not_found");
    assert_eq!(used(&app, &home).await, 0);
    assert_eq!(app.files_of(&home.scope).await, 0);
    app.stop().await;
}
