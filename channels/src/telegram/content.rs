//! What is in a Telegram message.

use serde_json::Value;
use wafaa_domain::{Card, Content, Media, MediaKind};

use crate::json::{id, list, number, string, text};

/// Things customers send that we have no words for. Everything else is news about the chat.
const WORDLESS: [&str; 9] = [
    "poll",
    "dice",
    "game",
    "invoice",
    "story",
    "paid_media",
    "checklist",
    "passport_data",
    "giveaway",
];

/// The content of a message; nothing when it is news about the chat, such as a new member.
pub(super) fn of(message: &Value) -> Option<Content> {
    if let Some(text) = string(message, "/text") {
        return Some(Content::Text { text });
    }
    if let Some(content) = file(message) {
        return Some(content);
    }
    place(message)
        .or_else(|| card(message))
        .or_else(|| web_app(message))
        .or_else(|| {
            let name = WORDLESS.iter().find(|name| message.get(**name).is_some())?;
            Some(Content::Unsupported {
                name: (*name).to_owned(),
            })
        })
}

/// An animation comes with a `document` of the same file, so it is looked for first.
fn file(message: &Value) -> Option<Content> {
    const KINDS: [(&str, MediaKind); 7] = [
        ("animation", MediaKind::Video),
        ("video", MediaKind::Video),
        ("video_note", MediaKind::Video),
        ("audio", MediaKind::Audio),
        ("voice", MediaKind::Audio),
        ("sticker", MediaKind::Sticker),
        ("document", MediaKind::Document),
    ];
    if let Some(photo) = largest(list(message, "/photo")) {
        return media(message, photo, MediaKind::Image);
    }
    let (name, kind) = KINDS
        .iter()
        .find(|(name, _)| message.get(*name).is_some())?;
    media(message, &message[*name], *kind)
}

fn media(message: &Value, file: &Value, kind: MediaKind) -> Option<Content> {
    Some(Content::Media(Media {
        kind,
        provider_ref: Some(id(file, "/file_id")?),
        media_type: string(file, "/mime_type"),
        filename: string(file, "/file_name"),
        caption: string(message, "/caption"),
        bytes: None,
        refused: None,
    }))
}

/// A photo comes in several sizes.
fn largest(sizes: &[Value]) -> Option<&Value> {
    let area = |size: &&Value| {
        let side = |name| number(size, name).unwrap_or(0);
        side("/width").saturating_mul(side("/height"))
    };
    sizes.iter().max_by_key(area)
}

fn place(message: &Value) -> Option<Content> {
    let venue = message.get("venue");
    let location = venue.and_then(|venue| venue.get("location"));
    let location = location.or_else(|| message.get("location"))?;
    Some(Content::Location {
        latitude: location.get("latitude")?.as_f64()?,
        longitude: location.get("longitude")?.as_f64()?,
        name: string(message, "/venue/title"),
        address: string(message, "/venue/address"),
    })
}

fn card(message: &Value) -> Option<Content> {
    let contact = message.get("contact")?;
    let name = name(contact).unwrap_or_default();
    let phones = string(contact, "/phone_number").into_iter().collect();
    Some(Content::Contacts {
        cards: vec![Card { name, phones }],
    })
}

/// What a mini app of the bot sent.
fn web_app(message: &Value) -> Option<Content> {
    Some(Content::Choice {
        id: string(message, "/web_app_data/data")?,
        title: string(message, "/web_app_data/button_text").unwrap_or_default(),
    })
}

/// A person's first and last name.
pub(super) fn name(person: &Value) -> Option<String> {
    let names = ["/first_name", "/last_name"].map(|pointer| text(person, pointer));
    let names: Vec<_> = names.into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(" "))
}
