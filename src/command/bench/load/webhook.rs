//! WhatsApp messages as Meta sends them: a JSON notification, signed with the app's secret.

use hmac::{Hmac, Mac};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;

use super::target::Target;

/// The notification of one text message, as of Graph API v21's `messages` webhook field.
pub(super) fn payload(
    number_id: &str,
    message: &str,
    from: &str,
    text: &str,
    time: u64,
) -> Vec<u8> {
    told(
        number_id,
        &json!({
            "contacts": [{ "profile": { "name": "Load" }, "wa_id": from }],
            "messages": [{
                "from": from,
                "id": message,
                "timestamp": time.to_string(),
                "type": "text",
                "text": { "body": text },
            }],
        }),
    )
}

/// The notification of what became of a message to a customer.
pub(super) fn status(
    number_id: &str,
    message: &str,
    ours: &str,
    status: &str,
    to: &str,
    time: u64,
) -> Vec<u8> {
    told(
        number_id,
        &json!({
            "statuses": [{
                "id": message,
                "status": status,
                "timestamp": time.to_string(),
                "recipient_id": to,
                "biz_opaque_callback_data": ours,
            }],
        }),
    )
}

fn told(number_id: &str, what: &Value) -> Vec<u8> {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": number_id, "phone_number_id": number_id },
    });
    for (name, part) in what.as_object().into_iter().flatten() {
        value[name] = part.clone();
    }
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "0", "changes": [{ "field": "messages", "value": value }] }],
    })
    .to_string()
    .into_bytes()
}

/// The request that brings a notification.
pub(super) fn request(target: &Target, slug: &str, secret: &str, body: Vec<u8>) -> RequestBuilder {
    target
        .request(Method::POST, &format!("/webhooks/whatsapp/{slug}"))
        .header("content-type", "application/json")
        .header("x-hub-signature-256", signature(secret, &body))
        .body(body)
}

/// The value of `X-Hub-Signature-256`.
fn signature(secret: &str, payload: &[u8]) -> String {
    format!("sha256={}", hex::encode(hmac(secret.as_bytes(), payload)))
}

/// HMAC-SHA-256 (RFC 2104).
pub(super) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let signature = signature("Jefe", b"what do ya want for nothing?");
        assert_eq!(
            signature,
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_message_is_where_meta_puts_it() {
        let body = payload(
            "1555",
            "wamid.1",
            "966500000001",
            "How much?",
            1_700_000_000,
        );
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let value = &body["entry"][0]["changes"][0]["value"];
        assert_eq!(value["metadata"]["phone_number_id"], "1555");
        assert_eq!(value["messages"][0]["text"]["body"], "How much?");
        assert_eq!(value["messages"][0]["timestamp"], "1700000000");
    }
}
