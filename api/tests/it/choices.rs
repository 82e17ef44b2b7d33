//! Buttons and lists: what may be sent, how it is shown, and what choosing does.

use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use wafaa_storage::limit::Limiter;

use crate::{TestApp, app::Answer, fixture::Home, provider::Provider};

const SECRET: &str = "the-apps-secret";
const PAGE: &str = "109876543210";

#[tokio::test]
async fn words_may_have_buttons_or_a_list_below_them() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let talk = app.talk(&home.scope).await;
    let path = format!("/api/v1/conversations/{}/messages", talk.conversation);
    let say = async |said: &Value| app.post(&path, &home.token, said).await;
    let asked = json!({ "text": "Is that right?", "buttons": [{ "title": "Yes" }, { "id": "no", "title": " No " }] });
    let asked = say(&asked).await.json(201);
    assert_eq!(
        (&asked["kind"], &asked["text"]),
        (&json!("interactive"), &json!("Is that right?"))
    );
    assert_eq!(
        asked["content"],
        json!({ "type": "interactive", "text": "Is that right?",
            "options": [{ "id": "choice-1", "title": "Yes" }, { "id": "no", "title": "No" }] })
    );
    let rows: Vec<Value> = (1..=10)
        .map(|branch| json!({ "title": format!("Branch {branch}") }))
        .collect();
    let list =
        json!({ "text": "Which branch?", "list": { "button": "Branches", "rows": rows.clone() } });
    let list = say(&list).await.json(201);
    assert_eq!(list["content"]["list_button"], "Branches");
    assert_eq!(list["content"]["options"].as_array().unwrap().len(), 10);

    let button = |title: &str| json!({ "title": title });
    let four: Vec<Value> = ["a", "b", "c", "d"].map(button).into();
    let eleven = [rows.clone(), vec![button("one more")]].concat();
    let long = "x".repeat(1_025);
    for (field, wrong) in [
        ("text", json!({ "buttons": [button("Yes")] })),
        ("text", json!({ "text": long, "buttons": [button("Yes")] })),
        ("buttons", json!({ "text": "x", "buttons": [] })),
        ("buttons", json!({ "text": "x", "buttons": four })),
        (
            "buttons.title",
            json!({ "text": "x", "buttons": [button("more than twenty chars")] }),
        ),
        (
            "buttons.title",
            json!({ "text": "x", "buttons": [button("Yes"), button("Yes")] }),
        ),
        (
            "buttons.title",
            json!({ "text": "x", "buttons": [{ "id": "choice-2", "title": "A" }, button("B")] }),
        ),
        (
            "buttons.id",
            json!({ "text": "x", "buttons": [{ "id": "ه".repeat(40), "title": "A" }] }),
        ),
        (
            "list.rows",
            json!({ "text": "x", "list": { "button": "b", "rows": eleven } }),
        ),
        (
            "list",
            json!({ "text": "x", "buttons": [button("Yes")], "list": { "button": "b", "rows": [button("a")] } }),
        ),
        (
            "template",
            json!({ "template": { "name": "t", "language": "en" }, "buttons": [button("Yes")] }),
        ),
    ] {
        let problem = say(&wrong).await.problem(422, "invalid_request");
        let fields: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|error| error["field"].as_str())
            .collect();
        assert!(fields.contains(&field), "{field} is not among {fields:?}");
    }
    app.settle().await;
    app.stop().await;
}

async fn connect(app: &TestApp, home: &Home) {
    let channel = json!({
        "kind": "messenger",
        "name": "Our page",
        "settings": { "account_id": PAGE },
        "secrets": { "access_token": "EAAB", "app_secret": SECRET, "verify_token": "let me in" },
    });
    app.post("/api/v1/channels", &home.token, &channel)
        .await
        .json(201);
    app.without_merging(home).await;
}

/// A customer writes to the page.
async fn write(app: &TestApp, id: &str, text: &str) {
    let message = json!({
        "sender": { "id": "6789012345" },
        "recipient": { "id": PAGE },
        "timestamp": chrono::Utc::now().timestamp_millis(),
        "message": { "mid": id, "text": text },
    });
    let body = json!({ "object": "page", "entry": [{ "id": PAGE, "messaging": [message] }] });
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let request = app.request(Method::POST, "/webhooks/messenger/bayt-falafel");
    let request = request.header("x-hub-signature-256", signature).body(body);
    Answer::of(request).await.json(200);
    app.settle().await;
}

#[tokio::test]
async fn where_there_are_no_lists_a_number_chooses() {
    let provider = Provider::start().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    connect(&app, &home).await;
    write(&app, "m_1", "Hello").await;
    let list = app.get("/api/v1/conversations", &home.token).await;
    let id = list.json(200)["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/conversations/{id}");
    let list = json!({ "text": "What now?", "list": { "button": "Choose",
        "rows": [{ "title": "The menu" }, { "id": "wafaa:person", "title": "A person" }] } });
    app.post(&format!("{path}/messages"), &home.token, &list)
        .await
        .json(201);
    app.settle().await;
    let sent = provider.asked("/messages");
    let is_list = |body: &Value| body["message"]["text"] == "What now?\n\n1. The menu\n2. A person";
    assert!(sent.iter().any(is_list), "{sent:?}");
    app.post(&format!("{path}/release"), &home.token, &json!({}))
        .await
        .json(200);
    write(&app, "m_2", "2").await;
    let now = app.get(&path, &home.token).await.json(200);
    assert_eq!(
        (&now["status"], &now["handoff_reason"]),
        (&json!("waiting"), &json!("requested"))
    );
    app.stop().await;
}
