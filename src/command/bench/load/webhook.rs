//! WhatsApp messages as Meta sends them: a JSON notification, signed with the app's secret.

use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

/// The notification of one text message, as of Graph API v21's `messages` webhook field.
pub(super) fn payload(
    number_id: &str,
    message: &str,
    from: &str,
    text: &str,
    time: u64,
) -> Vec<u8> {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": "0",
            "changes": [{
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": { "display_phone_number": number_id, "phone_number_id": number_id },
                    "contacts": [{ "profile": { "name": "Load" }, "wa_id": from }],
                    "messages": [{
                        "from": from,
                        "id": message,
                        "timestamp": time.to_string(),
                        "type": "text",
                        "text": { "body": text },
                    }],
                },
            }],
        }],
    })
    .to_string()
    .into_bytes()
}

/// The value of `X-Hub-Signature-256`.
pub(super) fn signature(secret: &str, payload: &[u8]) -> String {
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
    use serde_json::Value;

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
