//! What providers send: proven, stored once, and never lost.

mod storm;

use hmac::{Hmac, Mac as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use wafaa_domain::{Author, Content, MessageId, TemplateCategory};
use wafaa_jobs::kind::{Deliver, Enqueue as _};
use wafaa_storage::{
    ledger,
    limit::Limiter,
    message::{self, NewOutbound},
    tenant::Limits,
};

use crate::{TestApp, app::Answer, fixture::Home, provider::Provider};

const SECRET: &str = "the-apps-secret";
const NUMBER: &str = "1122334455667";

async fn connect(app: &TestApp, home: &Home, secret: &str) -> String {
    let channel = json!({
        "kind": "whatsapp",
        "name": "Our number",
        "settings": { "phone_number_id": NUMBER },
        "secrets": { "access_token": "EAAB", "app_secret": secret, "verify_token": "let me in" },
    });
    let made = app.post("/api/v1/channels", &home.token, &channel).await;
    app.without_merging(home).await;
    made.json(201)["id"].as_str().unwrap().to_owned()
}

fn message(id: &str, text: &str) -> Vec<u8> {
    let now = chrono::Utc::now().timestamp().to_string();
    told(
        "messages",
        "messages",
        json!([{ "from": "966511111111", "id": id, "timestamp": now, "type": "text", "text": { "body": text } }]),
    )
}

/// The customer tells WhatsApp whether they want marketing, as Meta's documentation shows it.
fn marketing(value: &str, at: i64) -> Vec<u8> {
    let preference = json!({
        "wa_id": "966511111111",
        "detail": format!("User requested to {value} marketing messages"),
        "category": "marketing_messages",
        "value": value,
        "timestamp": at,
    });
    told("user_preferences", "user_preferences", json!([preference]))
}

fn told(field: &str, name: &str, what: Value) -> Vec<u8> {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "966500000000", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": "Huda" }, "wa_id": "966511111111" }],
    });
    value[name] = what;
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": field, "value": value }] }],
    });
    body.to_string().into_bytes()
}

fn signed(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

async fn send(app: &TestApp, slug: &str, secret: &str, body: &[u8]) -> Answer {
    let request = app.request(Method::POST, &format!("/webhooks/whatsapp/{slug}"));
    let request = request.header("x-hub-signature-256", signed(secret, body));
    Answer::of(request.body(body.to_vec())).await
}

async fn messages(app: &TestApp, home: &Home) -> Vec<Value> {
    let list = app
        .get("/api/v1/conversations", &home.token)
        .await
        .json(200);
    let Some(conversation) = list["data"][0]["id"].as_str() else {
        return Vec::new();
    };
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let list = app.get(&path, &home.token).await.json(200);
    list["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_message_is_stored_once_however_often_it_comes() {
    let provider = Provider::start().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    connect(&app, &home, SECRET).await;
    let body = message("wamid.1", "Hello");
    for _ in 0..3 {
        send(&app, "bayt-falafel", SECRET, &body).await.json(200);
    }
    // The same message in other bytes.
    let mut spaced = body.clone();
    spaced.push(b'\n');
    send(&app, "bayt-falafel", SECRET, &spaced).await.json(200);
    app.settle().await;
    let all = messages(&app, &home).await;
    let inbound = all
        .iter()
        .filter(|message| message["direction"] == "inbound");
    assert_eq!(inbound.count(), 1, "{all:?}");
    assert_eq!(provider.texts().len(), 1, "one answer to one message");
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_proven_is_refused_and_not_stored() {
    let app = TestApp::start().await;
    let (home, other) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    connect(&app, &home, SECRET).await;
    connect(&app, &other, "another-apps-secret").await;
    let body = message("wamid.1", "Hello");
    let path = "/webhooks/whatsapp/bayt-falafel";
    let unsigned = Answer::of(app.request(Method::POST, path).body(body.clone())).await;
    unsigned.problem(401, "invalid_signature");
    send(&app, "bayt-falafel", "a guess", &body)
        .await
        .problem(401, "invalid_signature");
    // What proves one tenant's webhook proves nothing to another.
    send(&app, "noor-homes", SECRET, &body)
        .await
        .problem(401, "invalid_signature");
    let mut changed = body.clone();
    changed.push(b' ');
    let request = app.request(Method::POST, path);
    let request = request.header("x-hub-signature-256", signed(SECRET, &body));
    Answer::of(request.body(changed))
        .await
        .problem(401, "invalid_signature");
    for garbage in [&b"{\"entry\":"[..], b"", b"[1, 2]", b"\xff\xfe"] {
        send(&app, "bayt-falafel", SECRET, garbage)
            .await
            .problem(400, "malformed_payload");
    }
    send(&app, "nobody", SECRET, &body)
        .await
        .problem(404, "not_found");
    for path in [
        "/webhooks/telegram/bayt-falafel",
        "/webhooks/pigeon/bayt-falafel",
        "/webhooks/web/bayt-falafel",
    ] {
        let answer = Answer::of(app.request(Method::POST, path).body(body.clone())).await;
        answer.problem(404, "not_found");
    }
    let large = vec![b' '; 3 * 1024 * 1024 + 1];
    send(&app, "bayt-falafel", SECRET, &large)
        .await
        .problem(413, "body_too_large");
    for home in [&home, &other] {
        assert!(messages(&app, home).await.is_empty());
    }
    app.stop().await;
}

#[tokio::test]
async fn a_handshake_is_answered_to_who_knows_the_token() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let id = connect(&app, &home, SECRET).await;
    let ask = async |token: &str| {
        let path = format!(
            "/webhooks/whatsapp/bayt-falafel?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
        );
        Answer::of(app.request(Method::GET, &path)).await
    };
    let answered = ask("let%20me%20in").await;
    assert_eq!(
        (answered.status, answered.text.as_str()),
        (StatusCode::OK, "1158201444")
    );
    ask("a%20guess").await.problem(401, "invalid_signature");
    // A channel that is off takes nothing in, from the next request on.
    let path = format!("/api/v1/channels/{id}");
    app.patch(&path, &home.token, &json!({ "enabled": false }))
        .await
        .json(200);
    ask("let%20me%20in").await.problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn who_stops_marketing_gets_none_until_they_resume_it() {
    let provider = Provider::start().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    connect(&app, &home, SECRET).await;
    let send = async |body: Vec<u8>| {
        send(&app, "bayt-falafel", SECRET, &body).await.json(200);
        app.settle().await;
    };
    send(message("wamid.1", "Hello")).await;
    let list = app.get("/api/v1/conversations", &home.token).await;
    let conversation = list.json(200)["data"][0].clone();
    let path = format!(
        "/api/v1/conversations/{}/messages",
        conversation["id"].as_str().unwrap()
    );
    let contact = format!(
        "/api/v1/contacts/{}",
        conversation["contact"]["id"].as_str().unwrap()
    );
    let offer = async |category: Option<&str>| {
        let mut template = json!({ "name": "offer", "language": "en" });
        if let Some(category) = category {
            template["category"] = category.into();
        }
        app.post(&path, &home.token, &json!({ "template": template }))
            .await
    };
    let templates = || {
        let sent = provider.asked("/messages");
        sent.iter()
            .filter(|body| body["type"] == "template")
            .count()
    };
    let now = chrono::Utc::now().timestamp();
    offer(None).await.json(201);
    app.settle().await;
    assert_eq!(templates(), 1);

    send(marketing("stop", now - 60)).await;
    let shown = app.get(&contact, &home.token).await.json(200);
    assert!(shown["marketing_opted_out_at"].is_string(), "{shown}");
    assert_eq!(shown["opted_out_at"], Value::Null);
    for category in [None, Some("marketing")] {
        offer(category).await.problem(409, "marketing_opted_out");
    }
    offer(Some("utility")).await.json(201);
    offer(Some("pigeon")).await.problem(422, "invalid_request");
    app.settle().await;
    assert_eq!(templates(), 2);
    // What was queued before they stopped doesn't go either.
    let queued = queued(&app, &home, &conversation, "offer").await;
    app.settle().await;
    let refused = app
        .get(&format!("/api/v1/messages/{queued}"), &home.token)
        .await
        .json(200);
    assert_eq!(
        (&refused["status"], &refused["error"]["code"]),
        (&json!("failed"), &json!("stop"))
    );
    assert_eq!(templates(), 2);

    // An earlier word that comes late changes nothing.
    send(marketing("resume", now - 120)).await;
    offer(None).await.problem(409, "marketing_opted_out");
    send(marketing("resume", now - 30)).await;
    offer(None).await.json(201);
    app.settle().await;
    assert_eq!(templates(), 3);
    app.stop().await;
}

/// A template that waits to be sent; answers its id.
async fn queued(app: &TestApp, home: &Home, conversation: &Value, template: &str) -> MessageId {
    let conversation = conversation["id"].as_str().unwrap().parse().unwrap();
    let content = Content::Template {
        name: template.to_owned(),
        language: "en".into(),
        parameters: Vec::new(),
        category: Some(TemplateCategory::Marketing),
    };
    let tx = app.db().write(home.scope).await.unwrap();
    let message = message::add(
        &tx,
        conversation,
        NewOutbound::queued(Author::Program, content),
    );
    let message = message.await.unwrap().id;
    let deliver = Deliver {
        message,
        conversation,
    };
    ledger::enqueue(&tx, &deliver.job().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    message
}

/// What was written in WhatsApp's own app on the business's telephone, or sent by us.
fn echo(id: &str, text: &str) -> Vec<u8> {
    let now = chrono::Utc::now().timestamp().to_string();
    told(
        "smb_message_echoes",
        "message_echoes",
        json!([{ "from": "966500000000", "to": "966511111111", "id": id, "timestamp": now, "type": "text", "text": { "body": text } }]),
    )
}

#[tokio::test]
async fn an_echo_that_overtakes_the_answer_to_a_send_is_no_takeover() {
    let provider = Provider::start().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    connect(&app, &home, SECRET).await;
    let send = async |body: Vec<u8>| {
        send(&app, "bayt-falafel", SECRET, &body).await.json(200);
        app.settle().await;
    };
    let status = async || {
        let list = app.get("/api/v1/conversations", &home.token).await;
        list.json(200)["data"][0]["status"].clone()
    };
    send(message("wamid.1", "Hello")).await;
    let before = messages(&app, &home).await;
    let conversation = before[0]["conversation_id"].as_str().unwrap();
    // Another process is sending this, and the provider has it already.
    let tx = app.db().write(home.scope).await.unwrap();
    let ours = NewOutbound::queued(Author::Program, Content::text("We close at ten."));
    let ours = message::add(&tx, conversation.parse().unwrap(), ours).await;
    let ours = ours.unwrap().id;
    message::begin_send(&tx, ours).await.unwrap();
    tx.commit().await.unwrap();
    send(echo("wamid.ours", "We close at ten.")).await;
    assert_eq!(status().await, "bot");
    let after = messages(&app, &home).await;
    assert_eq!(after.len(), before.len() + 1);
    let shown = format!("/api/v1/messages/{ours}");
    let shown = app.get(&shown, &home.token).await.json(200);
    assert_eq!(shown["status"], "sent", "{shown}");

    // Somebody else's words are somebody else's.
    send(echo("wamid.theirs", "We close at eleven.")).await;
    assert_eq!(status().await, "human");
    assert_eq!(messages(&app, &home).await.len(), before.len() + 2);
    app.stop().await;
}

#[tokio::test]
async fn another_number_of_the_same_app_is_not_ours() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    connect(&app, &home, SECRET).await;
    let body = String::from_utf8(message("wamid.1", "Hello")).unwrap();
    let body = body.replace(NUMBER, "123456123").into_bytes();
    send(&app, "bayt-falafel", SECRET, &body).await.json(200);
    app.settle().await;
    assert!(messages(&app, &home).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn beyond_the_limit_the_provider_is_to_come_again() {
    let provider = Provider::start().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let limits = Limits {
        messages_per_minute: 2,
        ..Limits::default()
    };
    let home = app.home_with("bayt-falafel", limits).await;
    connect(&app, &home, SECRET).await;
    for number in 0..2 {
        let body = message(&format!("wamid.{number}"), "Hello");
        send(&app, "bayt-falafel", SECRET, &body).await.json(200);
    }
    let refused = send(&app, "bayt-falafel", SECRET, &message("wamid.3", "Hello")).await;
    refused.problem(429, "rate_limited");
    assert!(!refused.header("retry-after").is_empty());
    app.settle().await;
    let all = messages(&app, &home).await;
    let inbound = all
        .iter()
        .filter(|message| message["direction"] == "inbound");
    assert_eq!(inbound.count(), 2);
    app.stop().await;
}

#[tokio::test]
async fn while_nothing_can_be_stored_nothing_is_accepted() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    connect(&app, &home, SECRET).await;
    let body = message("wamid.1", "Hello");
    // Known already, so that only storing it fails.
    send(&app, "bayt-falafel", SECRET, b"{}").await;
    app.db().clone().close().await.unwrap();
    let refused = send(&app, "bayt-falafel", SECRET, &body).await;
    refused.problem(503, "storage_unavailable");
    assert!(!refused.header("retry-after").is_empty());
}
