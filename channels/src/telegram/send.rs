//! Calls to the Bot API.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use wafaa_domain::{Choice, Content, Media, MediaKind};

use crate::{
    account::Account,
    call::{Answer, call},
    client::Channels,
    endpoint::join,
    json::{id, is_true, number, text},
    limits::{Limits, Unit},
    media::{Download, too_large},
    outbound::{Fetched, Outbound, SendError, Sent},
    text::shorten,
};
use std::time::Duration;

const LONGEST_CAPTION: usize = 1_024;
/// The longest data of a button, in bytes.
const LONGEST_DATA: usize = 64;

/// One call: a method and its arguments.
struct Call {
    method: &'static str,
    body: Value,
    /// The field that takes an uploaded file.
    file: Option<&'static str>,
    shortened: bool,
}

pub(super) async fn send(
    limits: Limits,
    to: &Channels,
    account: &Account,
    outbound: &Outbound,
) -> Result<Sent, SendError> {
    let mut call = prepare(limits, outbound)?;
    let reply_to = outbound.reply_to.as_deref().and_then(message_of);
    if let Some(message) = reply_to.filter(|_| call.method != "setMessageReaction") {
        call.body["reply_parameters"] =
            json!({"message_id": message, "allow_sending_without_reply": true});
    }
    let answer = match (call.file, &outbound.file) {
        (Some(field), Some(file)) => {
            let part = Part::bytes(file.bytes.clone())
                .file_name(file.filename.clone())
                .mime_str(&file.media_type)
                .map_err(|_| SendError::invalid("the file's type is no MIME type"))?;
            upload(to, account, call.method, form(&call.body).part(field, part)).await?
        }
        (Some(_), None) => return Err(SendError::invalid("the file is missing")),
        (None, _) => ask(to, account, call.method, &call.body).await?,
    };
    let message = id(&answer, "/chat/id").zip(id(&answer, "/message_id"));
    Ok(Sent {
        provider_id: message.map(|(chat, message)| format!("{chat}:{message}")),
        shortened: call.shortened,
    })
}

/// The fields that say where: the thread, as it came, or the private chat.
pub(super) fn chat(to: &str, thread: Option<&str>) -> Value {
    let place = thread.unwrap_or(to);
    match place.split_once(':') {
        Some((chat, topic)) => {
            json!({"chat_id": chat, "message_thread_id": topic.parse::<i64>().ok()})
        }
        None => json!({"chat_id": place}),
    }
}

/// The message's own number in `chat:message`.
fn message_of(provider_id: &str) -> Option<i64> {
    let (chat, message) = provider_id.split_once(':')?;
    chat.parse::<i64>().ok()?;
    message.parse().ok()
}

fn prepare(limits: Limits, outbound: &Outbound) -> Result<Call, SendError> {
    let mut body = chat(&outbound.to, outbound.thread.as_deref());
    let mut call = |method, fields: Value, shortened| {
        if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
            body.extend(fields);
        }
        Call {
            method,
            body: body.take(),
            file: None,
            shortened,
        }
    };
    let words = |words: &str| {
        let (text, cut) = limits.shorten(words);
        (json!({"text": text}), cut)
    };
    Ok(match &outbound.content {
        Content::Text { text } => {
            let (fields, cut) = words(text);
            call("sendMessage", fields, cut)
        }
        Content::Interactive { text, options, .. } => {
            let (mut fields, cut) = words(text);
            fields["reply_markup"] = json!({"inline_keyboard": buttons(options)?});
            call("sendMessage", fields, cut)
        }
        Content::Media(media) => {
            let (method, field) = method(media.kind);
            let (fields, shortened) = file(media, field);
            let needs_upload = media.provider_ref.is_none().then_some(field);
            Call {
                file: needs_upload,
                ..call(method, fields, shortened)
            }
        }
        Content::Location {
            latitude,
            longitude,
            name: Some(name),
            address,
        } => {
            let address = address.as_deref().unwrap_or(name);
            let fields = json!({"latitude": latitude, "longitude": longitude, "title": name, "address": address});
            call("sendVenue", fields, false)
        }
        Content::Location {
            latitude,
            longitude,
            ..
        } => {
            let fields = json!({"latitude": latitude, "longitude": longitude});
            call("sendLocation", fields, false)
        }
        Content::Contacts { cards } => {
            let card = cards
                .first()
                .ok_or_else(|| SendError::invalid("there is no card"))?;
            let phone = card.phones.first().map_or("", String::as_str);
            let fields = json!({"phone_number": phone, "first_name": card.name});
            call("sendContact", fields, cards.len() > 1)
        }
        Content::Reaction { to, emoji } => {
            let message = message_of(to).ok_or_else(|| SendError::invalid("no such message"))?;
            let reaction: Vec<Value> = emoji
                .iter()
                .map(|emoji| json!({"type": "emoji", "emoji": emoji}))
                .collect();
            let fields = json!({"message_id": message, "reaction": reaction});
            call("setMessageReaction", fields, false)
        }
        Content::Template { .. } => {
            return Err(SendError::invalid("there are no templates on this channel"));
        }
        Content::Choice { .. } | Content::Story { .. } | Content::Unsupported { .. } => {
            let detail = format!("{} can't be sent", outbound.content.kind());
            return Err(SendError::invalid(detail));
        }
    })
}

/// One button a row, which reads well in any language.
fn buttons(options: &[Choice]) -> Result<Vec<Value>, SendError> {
    if options.iter().any(|option| option.id.len() > LONGEST_DATA) {
        let detail = format!("what a button stands for may have up to {LONGEST_DATA} bytes");
        return Err(SendError::invalid(detail));
    }
    let button = |option: &Choice| json!([{"text": option.title, "callback_data": option.id}]);
    Ok(options.iter().map(button).collect())
}

const fn method(kind: MediaKind) -> (&'static str, &'static str) {
    match kind {
        MediaKind::Image => ("sendPhoto", "photo"),
        MediaKind::Audio => ("sendAudio", "audio"),
        MediaKind::Video => ("sendVideo", "video"),
        MediaKind::Document => ("sendDocument", "document"),
        MediaKind::Sticker => ("sendSticker", "sticker"),
    }
}

fn file(media: &Media, field: &str) -> (Value, bool) {
    let mut fields = json!({});
    if let Some(reference) = &media.provider_ref {
        fields[field] = reference.as_str().into();
    }
    match &media.caption {
        Some(_) if media.kind == MediaKind::Sticker => (fields, true),
        Some(caption) => {
            let (caption, cut) = shorten(caption, LONGEST_CAPTION, Unit::Utf16);
            fields["caption"] = caption.into();
            (fields, cut)
        }
        None => (fields, false),
    }
}

fn form(body: &Value) -> Form {
    let fields = body.as_object().into_iter().flatten();
    fields
        .filter(|(_, value)| !value.is_null())
        .fold(Form::new(), |form, (name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            form.text(name.clone(), text)
        })
}

/// Calls a method and gives its result.
pub(super) async fn ask(
    to: &Channels,
    account: &Account,
    method: &str,
    body: &Value,
) -> Result<Value, SendError> {
    let request = to.http().post(url(to, account, method)).json(body);
    understood(call(request).await?)
}

async fn upload(
    to: &Channels,
    account: &Account,
    method: &str,
    form: Form,
) -> Result<Value, SendError> {
    let request = to.http().post(url(to, account, method)).multipart(form);
    understood(call(request).await?)
}

fn url(to: &Channels, account: &Account, method: &str) -> reqwest::Url {
    let token = account.secret("bot_token").unwrap_or_default();
    join(&to.endpoints().telegram, &[&format!("bot{token}"), method])
}

/// From <https://core.telegram.org/bots/api#making-requests>: 429 has `retry_after`, 401 and 404 a wrong token, 403 a
/// person who has blocked the bot or never wrote to it.
fn understood(answer: Answer) -> Result<Value, SendError> {
    if is_true(&answer.body, "/ok") {
        return Ok(answer.body["result"].clone());
    }
    let Some(words) = text(&answer.body, "/description") else {
        return Err(if answer.status.is_success() {
            answer.unreadable("Telegram")
        } else {
            answer.refusal("Telegram")
        });
    };
    let code = number(&answer.body, "/error_code").unwrap_or(i64::from(answer.status.as_u16()));
    let detail = format!("Telegram: {words} ({code})");
    let gone = [
        "chat not found",
        "user not found",
        "PEER_ID_INVALID",
        "deactivated",
        "upgraded to a supergroup",
    ];
    Err(match code {
        429 => {
            let seconds = number(&answer.body, "/parameters/retry_after").unwrap_or(5);
            let seconds = u64::try_from(seconds).unwrap_or(5);
            answer.wait(detail, Duration::from_secs(seconds))
        }
        401 | 404 => SendError::Reconnect { detail },
        403 => stopped(code, detail),
        400 if gone.iter().any(|gone| words.contains(gone)) => stopped(code, detail),
        400..=499 => SendError::Invalid { detail },
        _ => answer.refusal("Telegram"),
    })
}

fn stopped(code: i64, detail: String) -> SendError {
    SendError::Stop {
        code: code.to_string(),
        detail,
    }
}

/// Asks where the file is, then fetches it. Telegram serves files of up to 20 MB.
pub(super) async fn fetch(
    to: &Channels,
    account: &Account,
    media: &Media,
    limit: u64,
) -> Result<Fetched, SendError> {
    let place = ask(
        to,
        account,
        "getFile",
        &json!({"file_id": media.provider_ref}),
    )
    .await?;
    if number(&place, "/file_size").is_some_and(|size| size as u64 > limit) {
        return Err(too_large(limit));
    }
    let path = text(&place, "/file_path").unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    if segments
        .iter()
        .any(|segment| matches!(*segment, "" | "." | ".."))
    {
        return Err(SendError::invalid("Telegram gave no address of the file"));
    }
    let endpoint = &to.endpoints().telegram;
    let token = account.secret("bot_token").unwrap_or_default();
    let base = join(endpoint, &["file", &format!("bot{token}")]);
    let name = segments.last().map(|name| (*name).to_owned());
    let download = Download {
        url: join(&base, &segments),
        bearer: None,
        domains: &[],
        endpoint,
        filename: media.filename.clone().or(name),
        limit,
    };
    download.fetch(to).await
}
