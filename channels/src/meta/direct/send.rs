//! Sending by the Send API of Messenger and Instagram.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use wafaa_domain::{Content, Media, MediaKind};

use super::{Dialect, node};
use crate::{
    account::Account,
    client::Channels,
    json::string,
    limits::Limits,
    media::Download,
    meta::{
        FILE_DOMAINS,
        graph::{Graph, is_instagram_login},
    },
    outbound::{Fetched, Outbound, Seen, SendError, Sent, Tag},
    text,
};

/// The most quick replies and the longest title of one.
const MOST_REPLIES: usize = 13;
const LONGEST_TITLE: usize = 20;

pub(super) async fn send(
    dialect: &Dialect,
    to: &Channels,
    account: &Account,
    outbound: &Outbound,
) -> Result<Sent, SendError> {
    let graph = Graph::new(to, account);
    let path = [node(account), "messages"];
    let recipient = json!({"id": outbound.to});
    if let Content::Reaction { to, emoji } = &outbound.content {
        let action = if emoji.is_some() { "react" } else { "unreact" };
        let payload = json!({"message_id": to, "reaction": emoji});
        let body = json!({"recipient": recipient, "sender_action": action, "payload": payload});
        graph.post(&path, &body).await?;
        return Ok(sent(&Value::Null, false));
    }
    let (mut message, shortened) = message(dialect.limits, &outbound.content)?;
    // Instagram's own login knows no metadata; elsewhere it comes back with the echo.
    if !is_instagram_login(account) {
        message["metadata"] = outbound.id.to_string().into();
    }
    let mut body = json!({"recipient": recipient, "message": message});
    match outbound.tag {
        Some(Tag::HumanAgent) => {
            body["messaging_type"] = "MESSAGE_TAG".into();
            body["tag"] = "HUMAN_AGENT".into();
        }
        None => body["messaging_type"] = "RESPONSE".into(),
    }
    if let Some(mid) = &outbound.reply_to {
        body["reply_to"] = json!({"mid": mid});
    }
    let needs_upload = message_needs_upload(&outbound.content);
    let answer = match &outbound.file {
        Some(_) if needs_upload && !dialect.uploads => {
            let detail = "Instagram takes files by link only: give the file a public address";
            return Err(SendError::invalid(detail));
        }
        Some(file) if needs_upload => {
            let part = Part::bytes(file.bytes.clone()).file_name(file.filename.clone());
            let part = part
                .mime_str(&file.media_type)
                .map_err(|_| SendError::invalid("the file's type is no MIME type"))?;
            graph
                .upload(&path, form(&body).part("filedata", part))
                .await?
        }
        None if needs_upload => return Err(SendError::invalid("the file is missing")),
        Some(_) | None => graph.post(&path, &body).await?,
    };
    Ok(sent(&answer, shortened))
}

fn sent(answer: &Value, shortened: bool) -> Sent {
    Sent {
        provider_id: string(answer, "/message_id"),
        shortened,
    }
}

/// The fields of a body as parts of a form; objects as JSON.
fn form(body: &Value) -> Form {
    let mut form = Form::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        form = form.text(name.clone(), text);
    }
    form
}

fn message_needs_upload(content: &Content) -> bool {
    matches!(content, Content::Media(media) if link(media).is_none())
}

fn link(media: &Media) -> Option<&str> {
    media
        .provider_ref
        .as_deref()
        .filter(|link| link.starts_with("https://"))
}

fn message(limits: Limits, content: &Content) -> Result<(Value, bool), SendError> {
    match content {
        Content::Text { text } => Ok(words(limits, text)),
        Content::Interactive { text, options, .. } if limits.numbers(content) => {
            let (text, cut) = limits.numbered(text, options);
            Ok((json!({"text": text}), cut))
        }
        Content::Interactive { text, options, .. } => {
            if options.is_empty() || options.len() > MOST_REPLIES {
                let detail = format!("between 1 and {MOST_REPLIES} choices are possible");
                return Err(SendError::invalid(detail));
            }
            let (mut message, cut) = words(limits, text);
            let replies = options.iter().map(|option| {
                let title = text::shorten(&option.title, LONGEST_TITLE, crate::Unit::Chars).0;
                json!({"content_type": "text", "title": title, "payload": option.id})
            });
            message["quick_replies"] = replies.collect();
            Ok((message, cut))
        }
        Content::Media(media) => {
            let kind = match media.kind {
                MediaKind::Image | MediaKind::Sticker => "image",
                MediaKind::Audio => "audio",
                MediaKind::Video => "video",
                MediaKind::Document => "file",
            };
            let payload = match link(media) {
                Some(url) => json!({"url": url}),
                None => json!({}),
            };
            let message = json!({"attachment": {"type": kind, "payload": payload}});
            Ok((message, media.caption.is_some()))
        }
        Content::Location {
            latitude,
            longitude,
            name,
            ..
        } => {
            let name = name.as_deref().unwrap_or_default();
            let place = format!("{name}\nhttps://maps.google.com/?q={latitude},{longitude}");
            Ok(words(limits, place.trim()))
        }
        Content::Contacts { cards } => {
            let lines = cards
                .iter()
                .map(|card| format!("{} {}", card.name, card.phones.join(", ")));
            Ok(words(limits, &lines.collect::<Vec<_>>().join("\n")))
        }
        Content::Template { .. } => {
            Err(SendError::invalid("there are no templates on this channel"))
        }
        Content::Reaction { .. }
        | Content::Choice { .. }
        | Content::Story { .. }
        | Content::Unsupported { .. } => {
            let detail = format!("{} can't be sent", content.kind());
            Err(SendError::invalid(detail))
        }
    }
}

fn words(limits: Limits, words: &str) -> (Value, bool) {
    let (text, cut) = limits.shorten(words);
    (json!({"text": text}), cut)
}

/// `mark_seen` or `typing_on`.
pub(super) async fn action(
    to: &Channels,
    account: &Account,
    seen: &Seen,
    action: &str,
) -> Result<(), SendError> {
    let body = json!({"recipient": {"id": seen.to}, "sender_action": action});
    let path = [node(account), "messages"];
    Graph::new(to, account).post(&path, &body).await?;
    Ok(())
}

/// Fetches a file by the link that came with it. The links need no token.
pub(super) async fn fetch(
    to: &Channels,
    account: &Account,
    media: &Media,
    limit: u64,
) -> Result<Fetched, SendError> {
    let link = media.provider_ref.as_deref().unwrap_or_default();
    let url = link
        .parse()
        .map_err(|_| SendError::invalid("the file has no link"))?;
    let graph = Graph::new(to, account);
    let download = Download {
        url,
        bearer: None,
        domains: FILE_DOMAINS,
        endpoint: graph.base(),
        filename: media.filename.clone(),
        limit,
    };
    download.fetch(to).await
}
