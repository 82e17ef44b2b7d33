//! Fetching what customers sent.

use serde_json::json;
use wafaa_domain::{ChannelKind, Media, MediaKind};

use crate::{
    TOKEN, account,
    provider::{Provider, Reply, Request},
};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 the picture";

fn media(reference: impl Into<String>) -> Media {
    Media {
        kind: MediaKind::Image,
        provider_ref: Some(reference.into()),
        media_type: Some("image/png".into()), // which is not true
        filename: None,
        caption: None,
        bytes: None,
        refused: None,
    }
}

fn picture() -> Reply {
    Reply::Http(200, String::new(), JPEG.to_vec())
}

/// Says where the file is in each provider's way, and serves it.
fn serve(request: &Request) -> Reply {
    let base = format!("http://{}", request.headers["host"]);
    match request.path.as_str() {
        path if path.contains("/getFile") => {
            Reply::ok(&json!({"ok": true, "result": {"file_id": "1", "file_path": "photos/1.jpg"}}))
        }
        path if path.contains("/1003383421387256") => Reply::ok(
            &json!({"url": format!("{base}/moved"), "mime_type": "image/png", "file_size": 16}),
        ),
        "/moved" => Reply::Http(302, "location: /file\r\n".into(), Vec::new()),
        _ => picture(),
    }
}

#[tokio::test]
async fn files_are_fetched_and_named_by_their_bytes() {
    let provider = Provider::start(serve).await;
    let link = format!("{}file", provider.url);
    for (kind, reference, bearer) in [
        (ChannelKind::Whatsapp, "1003383421387256", true),
        (ChannelKind::Telegram, "large", false),
        (ChannelKind::Slack, link.as_str(), true),
        (ChannelKind::Messenger, link.as_str(), false),
        (ChannelKind::Instagram, link.as_str(), false),
    ] {
        let channels = provider.channels();
        let fetched = channels
            .fetch_media(&account(kind), &media(reference), 1_000)
            .await
            .unwrap();
        assert_eq!(
            (fetched.bytes.as_slice(), fetched.media_type.as_str()),
            (JPEG, "image/jpeg"),
            "{kind}"
        );
        let last = provider.requests().pop().unwrap();
        assert_eq!(last.headers.contains_key("authorization"), bearer, "{kind}");
    }
}

#[tokio::test]
async fn too_large_a_file_is_given_up() {
    let endless = "transfer-encoding: chunked\r\nx-".to_owned(); // the fake's own content-length becomes x-content-length
    let chunked = b"5\r\n12345\r\n5\r\n67890\r\n0\r\n\r\n".to_vec();
    for reply in [picture(), Reply::Http(200, endless, chunked)] {
        let provider = Provider::saying(reply).await;
        let link = media(format!("{}file", provider.url));
        let account = account(ChannelKind::Messenger);
        let error = provider
            .channels()
            .fetch_media(&account, &link, 9)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "invalid");
        assert!(error.detail().contains("more than 9 bytes"), "{error:?}");
    }
}

#[tokio::test]
async fn nothing_is_fetched_from_elsewhere_not_even_by_redirection() {
    let inside = Provider::saying(picture()).await;
    let address = inside.url.to_string();
    let provider = Provider::start(move |request| match request.path.as_str() {
        "/redirect" => Reply::Http(302, format!("location: {address}\r\n"), Vec::new()),
        _ => Reply::ok(&json!({"url": address})),
    })
    .await;
    let redirecting = format!("{}redirect", provider.url);
    let elsewhere = inside.url.to_string();
    for (kind, reference) in [
        (ChannelKind::Messenger, elsewhere.as_str()),
        (ChannelKind::Messenger, redirecting.as_str()),
        (ChannelKind::Slack, elsewhere.as_str()),
        (ChannelKind::Whatsapp, "12345"),
        (
            ChannelKind::Instagram,
            "http://169.254.169.254/latest/meta-data",
        ),
        (ChannelKind::Instagram, "file:///etc/passwd"),
        (ChannelKind::Instagram, ""),
    ] {
        let channels = provider.channels();
        let error = channels
            .fetch_media(&account(kind), &media(reference), 1_000)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "invalid", "{kind} {reference}: {error:?}");
        assert!(!error.detail().contains(TOKEN));
    }
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_path_that_climbs_is_not_followed() {
    for path in ["../../secret", "/etc/passwd", "a//b", "."] {
        let provider = Provider::saying(Reply::ok(
            &json!({"ok": true, "result": {"file_path": path}}),
        ))
        .await;
        let channels = provider.channels();
        let telegram = account(ChannelKind::Telegram);
        let error = channels
            .fetch_media(&telegram, &media("large"), 1_000)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "invalid", "{path}");
        assert_eq!(provider.requests().len(), 1, "{path}");
    }
}

#[tokio::test]
async fn slacks_log_in_page_is_not_taken_for_the_file() {
    let page = Reply::Http(
        200,
        String::new(),
        b"<!DOCTYPE html><html><body>Sign in".to_vec(),
    );
    let provider = Provider::saying(page).await;
    let link = media(format!("{}file", provider.url));
    let error = provider
        .channels()
        .fetch_media(&account(ChannelKind::Slack), &link, 1_000)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "reconnect");
}
