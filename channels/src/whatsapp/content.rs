//! What is in a WhatsApp message.

use std::collections::BTreeMap;

use serde_json::Value;
use wafaa_domain::{Card, Content, Media, MediaKind};

use crate::json::{id, list, string, text};

/// The content of an object with a `type` and a field of that name. Types that we have no words for, polls and orders
/// without a note among them, keep their name.
pub(super) fn of(message: &Value) -> Content {
    let kind = text(message, "/type").unwrap_or("unknown");
    let known = match kind {
        "text" => string(message, "/text/body").map(|text| Content::Text { text }),
        "image" => media(message, kind, MediaKind::Image),
        "audio" | "voice" => media(message, kind, MediaKind::Audio),
        "video" | "video_note" => media(message, kind, MediaKind::Video),
        "document" => media(message, kind, MediaKind::Document),
        "sticker" => media(message, kind, MediaKind::Sticker),
        "location" => location(message),
        "contacts" => cards(message),
        "reaction" => id(message, "/reaction/message_id").map(|to| Content::Reaction {
            to,
            emoji: string(message, "/reaction/emoji"),
        }),
        "order" => string(message, "/order/text").map(|text| Content::Text { text }),
        "button" => chosen(message, "/button/payload", "/button/text"),
        "interactive" => interactive(message),
        _ => None,
    };
    known.unwrap_or_else(|| Content::Unsupported {
        name: name(message, kind),
    })
}

/// How to call what we have no words for: WhatsApp may say itself what it could not pass on.
fn name(message: &Value, kind: &str) -> String {
    let said = text(message, "/unsupported/type").or_else(|| text(message, "/interactive/type"));
    said.unwrap_or(kind).chars().take(64).collect()
}

fn media(message: &Value, field: &str, kind: MediaKind) -> Option<Content> {
    let file = message.get(field)?;
    Some(Content::Media(Media {
        kind,
        provider_ref: id(file, "/id").or_else(|| string(file, "/url")),
        media_type: string(file, "/mime_type"),
        filename: string(file, "/filename"),
        caption: string(file, "/caption"),
        bytes: None,
        refused: None,
    }))
}

fn location(message: &Value) -> Option<Content> {
    let degrees = |name: &str| {
        let value = message.pointer(&format!("/location/{name}"))?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    };
    Some(Content::Location {
        latitude: degrees("latitude")?,
        longitude: degrees("longitude")?,
        name: string(message, "/location/name"),
        address: string(message, "/location/address"),
    })
}

fn cards(message: &Value) -> Option<Content> {
    let cards: Vec<Card> = list(message, "/contacts").iter().map(card).collect();
    (!cards.is_empty()).then_some(Content::Contacts { cards })
}

fn card(contact: &Value) -> Card {
    let phones = list(contact, "/phones").iter();
    Card {
        name: text(contact, "/name/formatted_name")
            .or_else(|| text(contact, "/name/first_name"))
            .unwrap_or_default()
            .to_owned(),
        phones: phones
            .filter_map(|phone| string(phone, "/phone").or_else(|| id(phone, "/wa_id")))
            .collect(),
    }
}

fn interactive(message: &Value) -> Option<Content> {
    match text(message, "/interactive/type")? {
        "button_reply" => chosen(
            message,
            "/interactive/button_reply/id",
            "/interactive/button_reply/title",
        ),
        "list_reply" => chosen(
            message,
            "/interactive/list_reply/id",
            "/interactive/list_reply/title",
        ),
        "nfm_reply" => form(message),
        _ => None,
    }
}

/// A filled-in form: its answers, a JSON object, are what was chosen. A flow's `body` says only that it was sent, so
/// that its title is told by the answers.
fn form(message: &Value) -> Option<Content> {
    let mut content = chosen(
        message,
        "/interactive/nfm_reply/response_json",
        "/interactive/nfm_reply/body",
    )?;
    let is_flow = text(message, "/interactive/nfm_reply/name") == Some("flow");
    if let Content::Choice { id, title } = &mut content
        && is_flow
        && let Some(told) = answers(id)
    {
        *title = told;
    }
    Some(content)
}

/// `guests: 4, time: 20:00`, by name, as the form's own order is not kept.
fn answers(json: &str) -> Option<String> {
    let answers: BTreeMap<String, Value> = serde_json::from_str(json).ok()?;
    let told: Vec<String> = answers
        .iter()
        .filter(|(name, _)| *name != "flow_token")
        .map(|(name, answer)| match answer.as_str() {
            Some(answer) => format!("{name}: {answer}"),
            None => format!("{name}: {answer}"),
        })
        .collect();
    // `read` takes no NUL out of JSON that is itself a string.
    (!told.is_empty()).then(|| told.join(", ").replace('\0', ""))
}

fn chosen(message: &Value, id: &str, title: &str) -> Option<Content> {
    let (id, title) = (text(message, id), text(message, title));
    Some(Content::Choice {
        id: id.or(title)?.to_owned(),
        title: title.or(id)?.to_owned(),
    })
}
