//! What became of a message of ours.

use serde_json::Value;
use wafaa_domain::MessageStatus;

use super::parse::unsupported;
use crate::{
    inbound::Inbound,
    json::{id, seconds, text},
    meta::error,
};

/// One entry of `statuses`. A voice note that was `played` was read; a `warning` is news about the account.
pub(super) fn of(status: &Value, external_id: Option<String>) -> Inbound {
    let name = text(status, "/status").unwrap_or("unknown");
    let provider_id = id(status, "/id");
    let is_of_message = matches!(text(status, "/type"), None | Some("message"));
    let known = match name {
        "sent" => Some(MessageStatus::Sent),
        "delivered" => Some(MessageStatus::Delivered),
        "read" | "played" => Some(MessageStatus::Read),
        "failed" => Some(MessageStatus::Failed),
        "deleted" => Some(MessageStatus::Withdrawn),
        "warning" => {
            return Inbound::Account {
                name: "message_warning".into(),
                external_id,
                detail: status.clone(),
            };
        }
        _ => None,
    };
    match known.filter(|_| is_of_message && provider_id.is_some()) {
        Some(known) => Inbound::Status {
            provider_id,
            ours: text(status, "/biz_opaque_callback_data").and_then(|ours| ours.parse().ok()),
            status: known,
            at: seconds(status, "/timestamp"),
            error: error::of_status(status).filter(|_| known == MessageStatus::Failed),
            recipient: id(status, "/recipient_id").or_else(|| id(status, "/recipient_user_id")),
            external_id,
        },
        None => {
            let of = text(status, "/type").unwrap_or("status");
            unsupported(
                &format!("{of}.{}", name.to_lowercase()),
                provider_id,
                external_id,
            )
        }
    }
}
