//! WhatsApp as a tenant's channel: Meta's side of it faked at the socket, and customers who write through it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hmac::{Hmac, Mac as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    fake::Fake,
    server::{Member, Server},
};

const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "1122334455667";
const PATIENCE: Duration = Duration::from_secs(60);

/// Meta: accepts every message, each after a while.
pub(crate) struct Meta {
    fake: Fake,
}

/// What was sent to a customer.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) to: String,
    pub(crate) text: String,
    /// What its buttons stand for.
    pub(crate) buttons: Vec<String>,
    /// What we called it.
    pub(crate) ours: String,
}

impl Meta {
    pub(crate) fn start(thinking: Duration) -> Self {
        let count = Arc::new(AtomicU64::new(0));
        let fake = Fake::with(move |request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            if body["to"].is_string() {
                std::thread::sleep(thinking);
            }
            let id = format!("wamid.sent{}", count.fetch_add(1, Ordering::Relaxed));
            let reply = json!({ "messaging_product": "whatsapp", "success": true, "messages": [{ "id": id }] });
            ("application/json", reply.to_string())
        });
        Self { fake }
    }

    pub(crate) fn url(&self) -> String {
        self.fake.url()
    }

    /// Every message that was sent, in order; signs of life are none.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        let requests = self.fake.requests();
        let bodies = requests
            .iter()
            .filter_map(|request| serde_json::from_slice::<Value>(&request.body).ok());
        let sent = |body: Value| {
            Some(Sent {
                to: body["to"].as_str()?.to_owned(),
                text: body
                    .pointer("/text/body")
                    .or_else(|| body.pointer("/interactive/body/text"))
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                buttons: body
                    .pointer("/interactive/action/buttons")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(|button| button.pointer("/reply/id")?.as_str())
                    .map(str::to_owned)
                    .collect(),
                ours: body["biz_opaque_callback_data"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            })
        };
        bodies.filter_map(sent).collect()
    }

    /// What was sent to a customer, once it is this many messages.
    pub(crate) async fn sent_to(&self, customer: &str, messages: usize) -> Vec<Sent> {
        let begun = Instant::now();
        loop {
            let mut sent = self.sent();
            sent.retain(|sent| sent.to == customer);
            if sent.len() >= messages {
                return sent;
            }
            assert!(begun.elapsed() < PATIENCE, "{customer} got only {sent:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Connects the number to the member's tenant; answers the channel's id.
pub(crate) async fn connect(member: &Member<'_>) -> String {
    let channel = json!({
        "kind": "whatsapp",
        "name": "Our number",
        "settings": { "phone_number_id": NUMBER },
        "secrets": { "access_token": "EAABsbCS1iHgBO7ZC", "app_secret": APP_SECRET, "verify_token": "let-me-in" },
    });
    let (status, made) = member
        .call(Method::POST, "/api/v1/channels", Some(channel))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

/// Sends a webhook as Meta does; answers the status.
pub(crate) async fn webhook(
    server: &Server,
    tenant: &str,
    body: &[u8],
    secret: &str,
) -> StatusCode {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let request = server
        .client
        .post(server.url(&format!("/webhooks/whatsapp/{tenant}")))
        .header("x-hub-signature-256", signature)
        .header("content-type", "application/json")
        .body(body.to_vec());
    request.send().await.expect("the server answers").status()
}

/// A customer writes.
pub(crate) async fn write(server: &Server, customer: &str, id: &str, text: &str) {
    let body = message(customer, id, text);
    assert_eq!(
        webhook(server, "alpha", &body, APP_SECRET).await,
        StatusCode::OK
    );
}

/// A customer presses a button of ours.
pub(crate) async fn press(server: &Server, customer: &str, id: &str, button: &str) {
    let body = told(&json!({
        "contacts": [{ "profile": { "name": "Huda" }, "wa_id": customer }],
        "messages": [{
            "from": customer,
            "id": id,
            "timestamp": now(),
            "type": "interactive",
            "interactive": { "type": "button_reply", "button_reply": { "id": button, "title": "Talk to a person" } },
        }],
    }));
    assert_eq!(
        webhook(server, "alpha", &body, APP_SECRET).await,
        StatusCode::OK
    );
}

/// A customer's message as Meta tells it.
pub(crate) fn message(customer: &str, id: &str, text: &str) -> Vec<u8> {
    told(&json!({
        "contacts": [{ "profile": { "name": "Huda" }, "wa_id": customer }],
        "messages": [{
            "from": customer,
            "id": id,
            "timestamp": now(),
            "type": "text",
            "text": { "body": text },
        }],
    }))
}

/// Meta's word on a message of ours, by the name that we gave it.
pub(crate) async fn status(server: &Server, ours: &str, status: &str, customer: &str) {
    let body = told(&json!({
        "statuses": [{
            "id": format!("wamid.of.{ours}"),
            "status": status,
            "timestamp": now(),
            "recipient_id": customer,
            "biz_opaque_callback_data": ours,
        }],
    }));
    assert_eq!(
        webhook(server, "alpha", &body, APP_SECRET).await,
        StatusCode::OK
    );
}

pub(crate) const fn secret() -> &'static str {
    APP_SECRET
}

fn told(what: &Value) -> Vec<u8> {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "966500000000", "phone_number_id": NUMBER },
    });
    for (name, part) in what.as_object().expect("an object") {
        value[name] = part.clone();
    }
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1234567890", "changes": [{ "field": "messages", "value": value }] }],
    });
    body.to_string().into_bytes()
}

fn now() -> String {
    chrono::Utc::now().timestamp().to_string()
}
