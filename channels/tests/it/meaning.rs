//! What each provider's refusals call for.

use std::time::Duration;

use serde_json::{Value, json};
use wafaa_channels::{Outbound, SendError};
use wafaa_domain::{ChannelKind, Content, MessageId};

use crate::{
    account,
    provider::{Provider, Reply},
};

async fn refused(kind: ChannelKind, status: u16, body: Value) -> SendError {
    let provider = Provider::saying(Reply::json(status, &body)).await;
    let outbound = Outbound::new(MessageId::new(), "966501234567", Content::text("hello"));
    let error = provider
        .channels()
        .send(&account(kind), &outbound)
        .await
        .unwrap_err();
    assert_eq!(provider.requests().len(), 1);
    error
}

fn meta(code: i64, subcode: i64) -> Value {
    let message = "(#1) in Meta's words";
    json!({"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}})
}

#[tokio::test]
async fn whatsapps_codes() {
    for (status, code, expected) in [
        (400, 131_047, "needs_template"),
        (400, 131_049, "stop"),
        (400, 131_026, "stop"),
        (401, 190, "reconnect"),
        (400, 131_009, "invalid"),
        (404, 132_001, "invalid"),
        (500, 131_000, "transient"),
        (503, 2, "transient"),
        (403, 131_031, "reconnect"),
    ] {
        let error = refused(ChannelKind::Whatsapp, status, meta(code, 0)).await;
        assert_eq!(error.code(), expected, "{code}: {error:?}");
        assert!(error.detail().contains("in Meta's words"));
    }
    let uncoded = json!({"error": {"message": "Something went wrong"}});
    let error = refused(ChannelKind::Whatsapp, 400, uncoded).await;
    assert_eq!(error.code(), "invalid", "{error:?}");
    for (code, seconds) in [(131_056, 6), (130_429, 5), (80_007, 60)] {
        match refused(ChannelKind::Whatsapp, 400, meta(code, 0)).await {
            SendError::Wait { after, .. } => assert_eq!(after, Duration::from_secs(seconds)),
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn messengers_and_instagrams_codes() {
    for (kind, code, subcode, expected) in [
        (ChannelKind::Messenger, 10, 2_018_278, "needs_template"),
        (ChannelKind::Messenger, 551, 1_545_041, "stop"),
        (ChannelKind::Messenger, 100, 2_018_001, "stop"),
        (ChannelKind::Messenger, 613, 0, "wait"),
        (ChannelKind::Messenger, 1_200, 0, "transient"),
        (ChannelKind::Messenger, 200, 0, "reconnect"),
        (ChannelKind::Instagram, 10, 2_534_022, "needs_template"),
        (ChannelKind::Instagram, 100, 2_534_014, "stop"),
        (ChannelKind::Instagram, 190, 460, "reconnect"),
    ] {
        let error = refused(kind, 400, meta(code, subcode)).await;
        assert_eq!(error.code(), expected, "{kind} {code}/{subcode}: {error:?}");
    }
}

#[tokio::test]
async fn telegrams_words() {
    for (code, words, expected) in [
        (403, "Forbidden: bot was blocked by the user", "stop"),
        (400, "Bad Request: chat not found", "stop"),
        (400, "Bad Request: message text is empty", "invalid"),
        (401, "Unauthorized", "reconnect"),
        (404, "Not Found", "reconnect"),
        (500, "Internal Server Error", "transient"),
        (502, "Bad Gateway", "unknown"),
    ] {
        let body = json!({"ok": false, "error_code": code, "description": words});
        let error = refused(ChannelKind::Telegram, code, body).await;
        assert_eq!(error.code(), expected, "{words}: {error:?}");
    }
    let body = json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 12}});
    match refused(ChannelKind::Telegram, 429, body).await {
        SendError::Wait { after, .. } => assert_eq!(after, Duration::from_secs(12)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn slacks_words() {
    for (error, expected) in [
        ("ratelimited", "wait"),
        ("token_revoked", "reconnect"),
        ("missing_scope", "reconnect"),
        ("channel_not_found", "stop"),
        ("service_unavailable", "transient"),
        ("internal_error", "unknown"),
        ("fatal_error", "unknown"),
        ("invalid_blocks", "invalid"),
    ] {
        let told = refused(
            ChannelKind::Slack,
            200,
            json!({"ok": false, "error": error}),
        )
        .await;
        assert_eq!(told.code(), expected, "{error}: {told:?}");
    }
}
