//! Sending by the WhatsApp Cloud API.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use wafaa_domain::{Card, Choice, Content, Media};

use super::number;
use crate::{
    account::Account,
    client::Channels,
    json::{id, number as count, string, text as words},
    limits::{Limits, Unit},
    media::{Download, too_large},
    meta::{FILE_DOMAINS, graph::Graph},
    outbound::{Fetched, File, Outbound, Seen, SendError, Sent},
    text::shorten,
};

/// What an interactive message may have.
const MOST_ROWS: usize = 10;
const LONGEST_BUTTON: usize = 20;
const LONGEST_ROW: usize = 24;
const LONGEST_BODY: usize = 1_024;
const LONGEST_CAPTION: usize = 1_024;
/// What opens a list that nobody has named: a sign, as we don't know the language here.
const LIST_BUTTON: &str = "☰";

pub(super) async fn send(
    limits: Limits,
    to: &Channels,
    account: &Account,
    outbound: &Outbound,
) -> Result<Sent, SendError> {
    let graph = Graph::new(to, account);
    let uploaded = match (&outbound.content, &outbound.file) {
        (Content::Media(media), Some(file)) if media.provider_ref.is_none() => Some(
            upload(&graph, account, file)
                .await
                .map_err(SendError::before_the_send)?,
        ),
        _ => None,
    };
    let (mut body, shortened) = body(limits, &outbound.content, uploaded.as_deref())?;
    address(&mut body, outbound);
    let answer = graph.post(&[number(account), "messages"], &body).await?;
    Ok(Sent {
        provider_id: string(&answer, "/messages/0/id"),
        shortened,
    })
}

/// To whom, in answer to what, and our id to come back with the statuses.
fn address(body: &mut Value, outbound: &Outbound) {
    body["messaging_product"] = "whatsapp".into();
    body["biz_opaque_callback_data"] = outbound.id.to_string().into();
    match &outbound.thread {
        Some(group) => {
            body["recipient_type"] = "group".into();
            body["to"] = group.as_str().into();
        }
        None => {
            body["recipient_type"] = "individual".into();
            let field = if is_bsuid(&outbound.to) {
                "recipient"
            } else {
                "to"
            };
            body[field] = outbound.to.as_str().into();
        }
    }
    if let Some(message) = &outbound.reply_to {
        body["context"] = json!({"message_id": message});
    }
}

/// A business-scoped user id begins with a country's two letters and a dot.
fn is_bsuid(id: &str) -> bool {
    let country = id.split_once('.').map_or("", |(country, _)| country);
    country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn body(
    limits: Limits,
    content: &Content,
    uploaded: Option<&str>,
) -> Result<(Value, bool), SendError> {
    let whole = |body: Value| Ok((body, false));
    match content {
        Content::Text { text } => {
            let (text, cut) = limits.shorten(text);
            let text = json!({"body": text, "preview_url": false});
            Ok((json!({"type": "text", "text": text}), cut))
        }
        Content::Media(media) => file(media, uploaded),
        Content::Location {
            latitude,
            longitude,
            name,
            address,
        } => {
            let mut location = json!({"latitude": latitude, "longitude": longitude});
            set(&mut location, "name", name.as_deref());
            set(&mut location, "address", address.as_deref());
            whole(json!({"type": "location", "location": location}))
        }
        Content::Contacts { cards } => {
            let contacts: Vec<Value> = cards.iter().map(contact).collect();
            whole(json!({"type": "contacts", "contacts": contacts}))
        }
        Content::Reaction { to, emoji } => {
            let emoji = emoji.as_deref().unwrap_or_default();
            whole(json!({"type": "reaction", "reaction": {"message_id": to, "emoji": emoji}}))
        }
        Content::Interactive {
            text,
            options,
            list_button,
        } => interactive(limits, text, options, list_button.as_deref()),
        Content::Template {
            name,
            language,
            parameters,
            ..
        } => whole(template(name, language, parameters)),
        Content::Choice { .. } | Content::Story { .. } | Content::Unsupported { .. } => Err(
            SendError::invalid(format!("{} can't be sent", content.kind())),
        ),
    }
}

fn set(object: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        object[name] = value.into();
    }
}

fn file(media: &Media, uploaded: Option<&str>) -> Result<(Value, bool), SendError> {
    let kind = media.kind.as_str();
    let reference = uploaded
        .or(media.provider_ref.as_deref())
        .ok_or_else(|| SendError::invalid("the file is missing"))?;
    let mut file = if reference.starts_with("https://") {
        json!({"link": reference})
    } else {
        json!({"id": reference})
    };
    let mut shortened = false;
    if matches!(kind, "image" | "video" | "document") {
        if let Some(caption) = &media.caption {
            let (caption, cut) = shorten(caption, LONGEST_CAPTION, Unit::Chars);
            set(&mut file, "caption", Some(&caption));
            shortened = cut;
        }
    } else {
        shortened = media.caption.is_some();
    }
    if kind == "document" {
        set(&mut file, "filename", media.filename.as_deref());
    }
    let mut body = json!({"type": kind});
    body[kind] = file;
    Ok((body, shortened))
}

fn contact(card: &Card) -> Value {
    let phones: Vec<Value> = card
        .phones
        .iter()
        .map(|phone| json!({"phone": phone}))
        .collect();
    let name = json!({"formatted_name": card.name, "first_name": card.name});
    json!({"name": name, "phones": phones})
}

fn interactive(
    limits: Limits,
    text: &str,
    options: &[Choice],
    list_button: Option<&str>,
) -> Result<(Value, bool), SendError> {
    if options.is_empty() || options.len() > MOST_ROWS {
        let detail = format!("between 1 and {MOST_ROWS} choices are possible");
        return Err(SendError::invalid(detail));
    }
    let (text, cut) = shorten(text, LONGEST_BODY, Unit::Chars);
    let title = |choice: &Choice, limit| shorten(&choice.title, limit, Unit::Chars).0;
    let (kind, action) = if list_button.is_none() && options.len() <= limits.buttons {
        let buttons = options.iter().map(|option| {
            let reply = json!({"id": option.id, "title": title(option, LONGEST_BUTTON)});
            json!({"type": "reply", "reply": reply})
        });
        ("button", json!({"buttons": buttons.collect::<Vec<_>>()}))
    } else {
        let rows = options.iter();
        let rows = rows.map(|option| json!({"id": option.id, "title": title(option, LONGEST_ROW)}));
        let sections = json!([{"rows": rows.collect::<Vec<_>>()}]);
        let button = shorten(
            list_button.unwrap_or(LIST_BUTTON),
            LONGEST_BUTTON,
            Unit::Chars,
        )
        .0;
        ("list", json!({"button": button, "sections": sections}))
    };
    let interactive = json!({"type": kind, "body": {"text": text}, "action": action});
    Ok((
        json!({"type": "interactive", "interactive": interactive}),
        cut,
    ))
}

fn template(name: &str, language: &str, parameters: &[String]) -> Value {
    let mut template = json!({"name": name, "language": {"code": language}});
    if !parameters.is_empty() {
        let parameters = parameters
            .iter()
            .map(|text| json!({"type": "text", "text": text}));
        let body = json!({"type": "body", "parameters": parameters.collect::<Vec<_>>()});
        template["components"] = json!([body]);
    }
    json!({"type": "template", "template": template})
}

async fn upload(graph: &Graph<'_>, account: &Account, file: &File) -> Result<String, SendError> {
    let part = Part::bytes(file.bytes.clone())
        .file_name(file.filename.clone())
        .mime_str(&file.media_type)
        .map_err(|_| SendError::invalid("the file's type is no MIME type"))?;
    let form = Form::new()
        .text("messaging_product", "whatsapp")
        .text("type", file.media_type.clone())
        .part("file", part);
    let answer = graph.upload(&[number(account), "media"], form).await?;
    id(&answer, "/id").ok_or_else(|| SendError::Transient {
        detail: "Meta took the file but gave it no id".into(),
    })
}

/// Marks a message as read, and perhaps shows that an answer is being written.
pub(super) async fn seen(
    to: &Channels,
    account: &Account,
    seen: &Seen,
    is_typing: bool,
) -> Result<(), SendError> {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": seen.provider_id,
    });
    if is_typing {
        body["typing_indicator"] = json!({"type": "text"});
    }
    let path = [number(account), "messages"];
    Graph::new(to, account).post(&path, &body).await?;
    Ok(())
}

/// Asks where the file is, then fetches it; both want the token.
pub(super) async fn fetch(
    to: &Channels,
    account: &Account,
    media: &Media,
    limit: u64,
) -> Result<Fetched, SendError> {
    let reference = media.provider_ref.as_deref().unwrap_or_default();
    if reference.is_empty() {
        return Err(SendError::invalid("the file has no id"));
    }
    let graph = Graph::new(to, account);
    let url = if reference.starts_with("https://") {
        reference.to_owned()
    } else {
        let query = [("phone_number_id", number(account))];
        let place = graph.get(&[reference], &query).await?;
        if count(&place, "/file_size").is_some_and(|size| size as u64 > limit) {
            return Err(too_large(limit));
        }
        words(&place, "/url").unwrap_or_default().to_owned()
    };
    let download = Download {
        url: url
            .parse()
            .map_err(|_| SendError::invalid("Meta gave no address of the file"))?,
        bearer: account.secret("access_token"),
        domains: FILE_DOMAINS,
        endpoint: graph.base(),
        filename: media.filename.clone(),
        limit,
    };
    download.fetch(to).await
}
