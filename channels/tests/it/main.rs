//! Every adapter against what the trait promises, with providers faked at the socket, and against webhooks of real shape.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod conformance;
mod fixture;
mod meaning;
mod media;
mod oauth;
mod provider;
mod sending;
mod verifying;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use wafaa_channels::{Account, Adapter, Headers, Secrets, adapter};
use wafaa_domain::ChannelKind;

/// The kinds that have a provider.
const PROVIDED: [ChannelKind; 5] = [
    ChannelKind::Whatsapp,
    ChannelKind::Instagram,
    ChannelKind::Messenger,
    ChannelKind::Telegram,
    ChannelKind::Slack,
];

const SECRET: &str = "a-shared-secret";
const TOKEN: &str = "424242:the-token";

/// A channel of this kind that is configured well.
fn account(kind: ChannelKind) -> Account {
    let (settings, names): (Value, &[&str]) = match kind {
        ChannelKind::Web => (json!({"allowed_origins": ["https://shop.example"]}), &[]),
        ChannelKind::Whatsapp => (
            json!({"phone_number_id": "106540352242922", "business_account_id": "102290129340398"}),
            &["access_token", "app_secret", "verify_token"],
        ),
        ChannelKind::Instagram => (
            json!({"account_id": "17841405822304914"}),
            &["access_token", "app_secret", "verify_token"],
        ),
        ChannelKind::Messenger => (
            json!({"account_id": "109876543210"}),
            &["access_token", "app_secret", "verify_token"],
        ),
        ChannelKind::Telegram => (json!({}), &["bot_token", "secret_token"]),
        ChannelKind::Slack => (json!({"team_id": "T1"}), &["bot_token", "signing_secret"]),
    };
    let value = |name: &str| match name {
        "access_token" | "bot_token" => TOKEN,
        _ => SECRET,
    };
    let secrets = names
        .iter()
        .map(|name| ((*name).to_owned(), value(name).to_owned()));
    Account {
        kind,
        settings,
        secrets: Secrets::new(secrets),
    }
}

/// The headers with which the provider would send this body now.
fn signed(kind: ChannelKind, body: &[u8], now: DateTime<Utc>) -> Headers {
    let hmac = |parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        hex::encode(mac.finalize().into_bytes())
    };
    match kind {
        ChannelKind::Whatsapp | ChannelKind::Instagram | ChannelKind::Messenger => {
            Headers::new([("X-Hub-Signature-256", format!("sha256={}", hmac(&[body])))])
        }
        ChannelKind::Telegram => Headers::new([("X-Telegram-Bot-Api-Secret-Token", SECRET)]),
        ChannelKind::Slack => {
            let time = now.timestamp().to_string();
            let signature = hmac(&[b"v0:", time.as_bytes(), b":", body]);
            Headers::new([
                ("X-Slack-Request-Timestamp", time),
                ("X-Slack-Signature", format!("v0={signature}")),
            ])
        }
        ChannelKind::Web => Headers::default(),
    }
}

fn of(kind: ChannelKind) -> &'static dyn Adapter {
    adapter(kind)
}
