//! How addresses and deliveries are shown and described.

use poem_openapi::{Enum, Object};
use serde_json::Value;
use wafaa_storage::webhook;

use crate::resource::{mirror::mirrored, time};

mirrored! {
    /// Where a delivery stands.
    Status as "WebhookDeliveryStatus" of webhook::DeliveryStatus:
    /// To be sent, for the first time or again.
    Pending,
    /// Answered with a success.
    Delivered,
    /// Given up.
    Failed,
}

/// An address that is told what happens.
#[derive(Object)]
#[oai(rename = "Webhook")]
pub(super) struct Shown {
    id: String,
    url: String,
    /// What it is told of; all when empty.
    events: Vec<String>,
    enabled: bool,
    /// Why it was disabled, when nobody did it.
    disabled_reason: Option<String>,
    created_at: String,
    updated_at: String,
}

/// A new address, with the secret that signs what it is sent.
#[derive(Object)]
#[oai(rename = "NewWebhookWithSecret")]
pub(super) struct ShownOnce {
    pub(super) id: String,
    url: String,
    events: Vec<String>,
    enabled: bool,
    /// It can't be shown again.
    pub(super) secret: String,
    created_at: String,
}

#[derive(Object)]
pub(super) struct NewWebhook {
    /// `https://…`, where the tenant's system listens.
    #[oai(validator(min_length = 8, max_length = 2000))]
    pub(super) url: String,
    /// What to tell it of, such as `message.received`; all when left out.
    #[oai(validator(max_items = 50))]
    pub(super) events: Option<Vec<String>>,
}

/// What to change; the rest stays.
#[derive(Object)]
pub(super) struct WebhookChange {
    #[oai(validator(min_length = 8, max_length = 2000))]
    pub(super) url: Option<String>,
    #[oai(validator(max_items = 50))]
    pub(super) events: Option<Vec<String>>,
    pub(super) enabled: Option<bool>,
}

/// One telling of one event to one address.
#[derive(Object)]
#[oai(rename = "WebhookDelivery")]
pub(super) struct Delivery {
    id: String,
    webhook_id: String,
    event_type: String,
    /// The body that is sent.
    payload: Value,
    status: Status,
    /// How often it was tried.
    attempts: i32,
    /// The status of the newest answer.
    http_status: Option<i32>,
    error: Option<String>,
    /// When it is tried next.
    next_at: Option<String>,
    created_at: String,
    finished_at: Option<String>,
}

impl ShownOnce {
    /// Without its secret.
    pub(super) fn of(webhook: webhook::Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url,
            events: webhook.events,
            enabled: webhook.enabled,
            secret: String::new(),
            created_at: time(webhook.created_at),
        }
    }
}

impl From<webhook::Webhook> for Shown {
    fn from(webhook: webhook::Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url,
            events: webhook.events,
            enabled: webhook.enabled,
            disabled_reason: webhook.disabled_reason,
            created_at: time(webhook.created_at),
            updated_at: time(webhook.updated_at),
        }
    }
}

impl From<webhook::Delivery> for Delivery {
    fn from(delivery: webhook::Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook.to_string(),
            event_type: delivery.event_type,
            payload: serde_json::from_str(&delivery.payload).unwrap_or(Value::Null),
            status: delivery.status.into(),
            attempts: delivery.attempts,
            http_status: delivery.http_status,
            error: delivery.error,
            next_at: delivery.next_at.map(time),
            created_at: time(delivery.created_at),
            finished_at: delivery.finished_at.map(time),
        }
    }
}
