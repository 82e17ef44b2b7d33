//! Telegram bots.
//!
//! A webhook proves itself by the secret token that was named when the webhook was set. Message ids are unique within a
//! chat only, so ours are `chat:message`. Telegram says nothing about delivery: what is accepted stays `sent`, and a
//! send whose answer got lost stays unknown until a person decides.

mod content;
mod parse;
mod send;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::{Value, json};
use wafaa_domain::{ChannelKind, Media};

use crate::{
    account::{Account, Form, Problem, Secrets, is_plain},
    adapter::{Adapter, Later},
    client::Channels,
    health::{Check, Health},
    inbound::Inbound,
    json::{id, number, text},
    limits::{Limits, Pace, Unit},
    outbound::{Fetched, Outbound, Seen, SendError, Sent},
    request::{Headers, Malformed, Refused},
    signature,
};

/// The kinds of updates that are asked for.
const UPDATES: [&str; 5] = [
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
];

pub(crate) struct Telegram;

impl Adapter for Telegram {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn limits(&self) -> Limits {
        Limits {
            text: 4_096,
            unit: Unit::Utf16,
            window: None,
            tagged_window: None,
            buttons: 100,
            lists: true,
            captions: true,
            media: 20 << 20,
            per_account: Some(Pace {
                every: Duration::from_micros(33_334), // 30 a second
                burst: 30,
            }),
            per_recipient: Some(Pace {
                every: Duration::from_secs(1),
                burst: 20,
            }),
        }
    }

    fn check(&self, settings: &Value, secrets: &Secrets) -> Result<(), Vec<Problem>> {
        Form::new(settings, secrets)
            .secret(
                "bot_token",
                "is not a bot token, such as 123456:ABC-DEF",
                |token| is_plain(token, b":-_"),
            )
            .secret(
                "secret_token",
                "may have up to 256 letters, digits, hyphens and underscores",
                |token| token.len() <= 256 && is_plain(token, b"-_"),
            )
            .finish()
    }

    /// The bot's id: what the token begins with.
    fn external_id(&self, _: &Value, secrets: &Secrets) -> Option<String> {
        let token = secrets.get("bot_token")?;
        token.split_once(':').map(|(id, _)| id.to_owned())
    }

    fn verify(
        &self,
        account: &Account,
        headers: &Headers,
        _: &[u8],
        _: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let expected = account.secret("secret_token").unwrap_or_default();
        let given = headers
            .get("x-telegram-bot-api-secret-token")
            .unwrap_or_default();
        if !expected.is_empty() && signature::is_same(expected, given) {
            Ok(())
        } else {
            Err(Refused {
                reason: "the secret token is not this channel's",
            })
        }
    }

    fn parse(&self, account: &Account, body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
        parse::parse(body, self.external_id(&account.settings, &account.secrets))
    }

    fn send<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        outbound: &'a Outbound,
    ) -> Later<'a, Result<Sent, SendError>> {
        Box::pin(send::send(self.limits(), to, account, outbound))
    }

    fn test<'a>(&'a self, to: &'a Channels, account: &'a Account) -> Later<'a, Health> {
        Box::pin(test(to, account))
    }

    fn connect<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        webhook: &'a Url,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(async move {
            let body = json!({
                "url": webhook.as_str(),
                "secret_token": account.secret("secret_token"),
                "allowed_updates": UPDATES,
            });
            send::ask(to, account, "setWebhook", &body).await?;
            Ok(())
        })
    }

    fn fetch_media<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        media: &'a Media,
        limit: u64,
    ) -> Later<'a, Result<Fetched, SendError>> {
        Box::pin(send::fetch(to, account, media, limit))
    }

    /// Telegram has no read marks for bots, but a button that was pressed waits for a sign of life.
    fn mark_read<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(async move {
            if let Some(id) = seen.provider_id.strip_prefix(parse::CALLBACK) {
                let body = json!({"callback_query_id": id});
                send::ask(to, account, "answerCallbackQuery", &body).await?;
            }
            Ok(())
        })
    }

    fn typing<'a>(
        &'a self,
        to: &'a Channels,
        account: &'a Account,
        seen: &'a Seen,
    ) -> Later<'a, Result<(), SendError>> {
        Box::pin(async move {
            let mut body = send::chat(&seen.to, seen.thread.as_deref());
            body["action"] = "typing".into();
            send::ask(to, account, "sendChatAction", &body).await?;
            Ok(())
        })
    }
}

/// Whether the token works, and whether Telegram manages to reach our webhook.
async fn test(to: &Channels, account: &Account) -> Health {
    let bot = match send::ask(to, account, "getMe", &json!({})).await {
        Ok(bot) => bot,
        Err(error) => {
            let token = "Ask @BotFather for a new token (/token) and save it in the channel.";
            return Health::of(Check::of_error(&error, token, token));
        }
    };
    let webhook = match send::ask(to, account, "getWebhookInfo", &json!({})).await {
        Ok(webhook) => reached(&webhook),
        Err(error) => Check::failed("webhook", error.detail(), "Try again in a minute."),
    };
    Health {
        account: text(&bot, "/username").map(|name| format!("@{name}")),
        external_id: id(&bot, "/id"),
        checks: vec![Check::passed(Check::TOKEN, "accepted"), webhook],
    }
}

fn reached(webhook: &Value) -> Check {
    const NAME: &str = "webhook";
    let waiting = number(webhook, "/pending_update_count").unwrap_or(0);
    match (text(webhook, "/url"), text(webhook, "/last_error_message")) {
        (None, _) => Check::failed(
            NAME,
            "Telegram knows no webhook of this bot",
            "Connect the channel: that sets the webhook.",
        ),
        (Some(_), Some(error)) if waiting > 0 => Check::failed(
            NAME,
            format!("Telegram could not deliver {waiting} updates: {error}"),
            "Is the public address right, with a certificate that others accept?",
        ),
        (Some(url), _) => Check::passed(NAME, format!("set to {url}")),
    }
}
