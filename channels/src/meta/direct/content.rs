//! What is in a direct message.

use serde_json::Value;
use wafaa_domain::{Content, Media, MediaKind};

use crate::json::{id, list, number, string, text};

/// Messenger's like button, in its three sizes.
const THUMBS_UP: [i64; 3] = [
    369_239_263_222_822,
    369_239_343_222_814,
    369_239_383_222_810,
];

/// The content of a `message` object: what was chosen, a story, the first file, or the words.
pub(super) fn of(message: &Value) -> Content {
    let words = text(message, "/text");
    if let Some(payload) = text(message, "/quick_reply/payload") {
        return Content::Choice {
            id: payload.to_owned(),
            title: words.unwrap_or(payload).to_owned(),
        };
    }
    let attachments = list(message, "/attachments");
    let content = attachments
        .first()
        .map(|attachment| attached(attachment, words));
    // A photo or a voice note in answer to a story is worth more than the story's address.
    if let Some(story) = message.pointer("/reply_to/story")
        && !attachments.iter().any(is_file)
    {
        let said = content.as_ref().and_then(Content::words).or(words);
        return Content::Story {
            text: said.unwrap_or_default().to_owned(),
            url: string(story, "/url"),
        };
    }
    if let Some(content) = content {
        return content;
    }
    match words {
        Some(words) => Content::text(words),
        None => unsupported(if message.get("is_unsupported").is_some() {
            "unsupported"
        } else {
            "empty"
        }),
    }
}

/// The second file and those after it, when several came in one message.
pub(super) fn further(message: &Value) -> impl Iterator<Item = Content> {
    let others = list(message, "/attachments").iter().skip(1);
    others
        .map(|attachment| attached(attachment, None))
        .filter(|content| matches!(content, Content::Media(_)))
}

fn is_file(attachment: &Value) -> bool {
    matches!(attached(attachment, None), Content::Media(_))
}

fn attached(attachment: &Value, words: Option<&str>) -> Content {
    let name = text(attachment, "/type").unwrap_or("attachment");
    let sticker = number(attachment, "/payload/sticker_id");
    let kind = match name {
        // Many a question is answered by these, so they are words rather than stickers.
        "like_heart" => return Content::text(words.unwrap_or("❤")),
        "image" | "sticker" if sticker.is_some_and(|sticker| THUMBS_UP.contains(&sticker)) => {
            return Content::text(words.unwrap_or("👍"));
        }
        "image" if sticker.is_some() => MediaKind::Sticker,
        "image" | "animated_image" | "photo" => MediaKind::Image,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        "file" => MediaKind::Document,
        "sticker" => MediaKind::Sticker,
        "location" => return location(attachment),
        "story_mention" | "ig_story" => {
            return Content::Story {
                text: words.unwrap_or_default().to_owned(),
                url: string(attachment, "/payload/url")
                    .or_else(|| string(attachment, "/payload/story_media_url")),
            };
        }
        // A link preview beside the words that have the link, or a shared post, reel or product.
        _ => return words.map_or_else(|| shared(attachment, name), Content::text),
    };
    Content::Media(Media {
        kind,
        provider_ref: string(attachment, "/payload/url"),
        media_type: None,
        filename: string(attachment, "/payload/title").filter(|_| kind == MediaKind::Document),
        caption: words.map(str::to_owned),
        bytes: None,
        refused: None,
    })
}

/// Something shared without words: its address is the best words there are, or what a product of the shop is called.
fn shared(attachment: &Value, name: &str) -> Content {
    if let Some(product) = attachment.pointer("/payload/product/elements/0")
        && let Some(title) = text(product, "/title")
    {
        return Content::text(match text(product, "/subtitle") {
            Some(subtitle) => format!("{title}\n{subtitle}"),
            None => title.to_owned(),
        });
    }
    let title = text(attachment, "/payload/title").or_else(|| text(attachment, "/title"));
    let url = text(attachment, "/payload/url").or_else(|| text(attachment, "/url"));
    match (title, url) {
        (Some(title), Some(url)) => Content::text(format!("{title}\n{url}")),
        (None, Some(url)) if name != "template" => Content::text(url),
        _ => unsupported(name),
    }
}

fn location(attachment: &Value) -> Content {
    let degrees = |name: &str| {
        attachment
            .pointer(&format!("/payload/coordinates/{name}"))
            .and_then(Value::as_f64)
    };
    let (Some(latitude), Some(longitude)) = (degrees("lat"), degrees("long")) else {
        return unsupported("location");
    };
    Content::Location {
        latitude,
        longitude,
        name: string(attachment, "/title"),
        address: None,
    }
}

/// A button of an earlier message, or the button that starts a conversation.
pub(super) fn of_postback(postback: &Value) -> Content {
    let payload = id(postback, "/payload");
    let title = text(postback, "/title");
    let fallback = payload.as_deref().or(title).unwrap_or_default();
    Content::Choice {
        id: fallback.to_owned(),
        title: title.unwrap_or(fallback).to_owned(),
    }
}

/// An emoji put on a message, or taken off.
pub(super) fn of_reaction(reaction: &Value) -> Option<Content> {
    let is_off = text(reaction, "/action") == Some("unreact");
    let emoji = string(reaction, "/emoji").or_else(|| string(reaction, "/reaction"));
    Some(Content::Reaction {
        to: id(reaction, "/mid")?,
        emoji: emoji.filter(|_| !is_off),
    })
}

fn unsupported(name: &str) -> Content {
    Content::Unsupported {
        name: name.to_owned(),
    }
}
