//! Calls to Slack's Web API.

use reqwest::{Url, header::CONTENT_TYPE};
use serde_json::{Value, json};
use wafaa_domain::{Choice, Content, Media};

use super::{content::escape, parse::EVENT_TYPE};
use crate::{
    account::Account,
    call::{Answer, broke_off, call},
    client::Channels,
    endpoint::join,
    json::{id, is_true, text},
    limits::{Limits, Unit},
    media::Download,
    outbound::{Fetched, File, Outbound, SendError, Sent},
    text::shorten,
};
use std::time::Duration;

/// What blocks may have.
const LONGEST_SECTION: usize = 3_000;
const LONGEST_LABEL: usize = 75;
const MOST_OPTIONS: usize = 100;
/// Where Slack takes and serves files.
const FILE_DOMAINS: &[&str] = &["slack.com", "slack-files.com", "slack-edge.com"];

pub(super) async fn send(
    limits: Limits,
    to: &Channels,
    account: &Account,
    outbound: &Outbound,
) -> Result<Sent, SendError> {
    let (text, blocks, shortened) = match &outbound.content {
        Content::Text { text } => {
            let (text, cut) = limits.shorten(text);
            (text, None, cut)
        }
        Content::Interactive {
            text,
            options,
            list_button,
        } => {
            let (text, cut) = shorten(text, LONGEST_SECTION, Unit::Chars);
            let blocks = blocks(limits, &text, options, list_button.as_deref())?;
            (text, Some(blocks), cut)
        }
        Content::Media(media) => match (&media.provider_ref, &outbound.file) {
            (None, Some(file)) => return share(to, account, outbound, media, file).await,
            (Some(link), _) => {
                let caption = media.caption.as_deref().unwrap_or_default();
                (format!("{caption}\n{link}").trim().to_owned(), None, false)
            }
            (None, None) => return Err(SendError::invalid("the file is missing")),
        },
        Content::Location {
            latitude,
            longitude,
            name,
            ..
        } => {
            let name = name.as_deref().unwrap_or_default();
            let place = format!("{name}\nhttps://maps.google.com/?q={latitude},{longitude}");
            (place.trim().to_owned(), None, false)
        }
        Content::Contacts { cards } => {
            let lines = cards
                .iter()
                .map(|card| format!("{} {}", card.name, card.phones.join(", ")));
            let (text, cut) = limits.shorten(&lines.collect::<Vec<_>>().join("\n"));
            (text, None, cut)
        }
        Content::Template { .. }
        | Content::Reaction { .. }
        | Content::Choice { .. }
        | Content::Story { .. }
        | Content::Unsupported { .. } => {
            let detail = format!("{} can't be sent", outbound.content.kind());
            return Err(SendError::invalid(detail));
        }
    };
    let mut body = place(outbound);
    body["text"] = escape(&text).into();
    body["unfurl_links"] = false.into();
    body["metadata"] = json!({
        "event_type": EVENT_TYPE,
        "event_payload": {"id": outbound.id.to_string()},
    });
    if let Some(blocks) = blocks {
        body["blocks"] = blocks;
    }
    let answer = ask(to, account, "chat.postMessage", &body).await?;
    let message = id(&answer, "/channel").zip(id(&answer, "/ts"));
    Ok(Sent {
        provider_id: message.map(|(channel, ts)| format!("{channel}:{ts}")),
        shortened,
    })
}

/// The fields that say where. A user's id opens the private chat.
fn place(outbound: &Outbound) -> Value {
    let place = outbound.thread.as_deref().unwrap_or(&outbound.to);
    match place.split_once(':') {
        Some((channel, first)) => json!({"channel": channel, "thread_ts": first}),
        None => json!({"channel": place}),
    }
}

fn blocks(
    limits: Limits,
    text: &str,
    options: &[Choice],
    list_button: Option<&str>,
) -> Result<Value, SendError> {
    if options.is_empty() || options.len() > MOST_OPTIONS {
        let detail = format!("between 1 and {MOST_OPTIONS} choices are possible");
        return Err(SendError::invalid(detail));
    }
    let label = |text: &str| {
        let text = shorten(text, LONGEST_LABEL, Unit::Chars).0;
        json!({"type": "plain_text", "text": text})
    };
    let elements: Vec<Value> = if list_button.is_none() && options.len() <= limits.buttons {
        let button = |(option, number): (&Choice, usize)| {
            json!({
                "type": "button",
                "action_id": format!("choice-{number}"),
                "text": label(&option.title),
                "value": option.id,
            })
        };
        options.iter().zip(0..).map(button).collect()
    } else {
        let option = |option: &Choice| json!({"text": label(&option.title), "value": option.id});
        vec![json!({
            "type": "static_select",
            "action_id": "choice",
            "placeholder": label(list_button.unwrap_or("…")),
            "options": options.iter().map(option).collect::<Vec<_>>(),
        })]
    };
    let section = json!({"type": "section", "text": {"type": "mrkdwn", "text": escape(text)}});
    Ok(json!([section, {"type": "actions", "elements": elements}]))
}

/// Uploads a file and shares it. Only the last of the calls shows anything to anybody.
async fn share(
    to: &Channels,
    account: &Account,
    outbound: &Outbound,
    media: &Media,
    file: &File,
) -> Result<Sent, SendError> {
    let uploaded = upload(to, account, file)
        .await
        .map_err(SendError::before_the_send)?;
    let mut body = json!({"files": [{"id": uploaded, "title": file.filename}]});
    let place = place(outbound);
    let channel = match text(&place, "/channel") {
        Some(user) if user.starts_with(['U', 'W']) => open(to, account, user)
            .await
            .map_err(SendError::before_the_send)?,
        channel => channel.unwrap_or_default().to_owned(),
    };
    body["channel_id"] = channel.into();
    if let Some(first) = place.get("thread_ts") {
        body["thread_ts"] = first.clone();
    }
    if let Some(caption) = &media.caption {
        body["initial_comment"] = escape(caption).into();
    }
    ask(to, account, "files.completeUploadExternal", &body).await?;
    Ok(Sent {
        provider_id: None, // Slack posts the message a moment later
        shortened: false,
    })
}

async fn upload(to: &Channels, account: &Account, file: &File) -> Result<String, SendError> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("filename", &file.filename)
        .append_pair("length", &file.bytes.len().to_string())
        .finish();
    let request = request(to, account, "files.getUploadURLExternal")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    let place = understood(call(request).await?)?;
    let (url, uploaded) = text(&place, "/upload_url")
        .and_then(|url| url.parse::<Url>().ok())
        .zip(id(&place, "/file_id"))
        .ok_or_else(|| SendError::invalid("Slack gave no address for the file"))?;
    let host = url.host_str().unwrap_or_default();
    let is_slacks =
        url.scheme() == "https" && (host == "slack.com" || host.ends_with(".slack.com"));
    if !is_slacks && url.origin() != to.endpoints().slack.origin() {
        return Err(SendError::invalid(
            "Slack gave a strange address for the file",
        ));
    }
    let request = to.http().post(url).body(file.bytes.clone());
    let response = request.send().await.map_err(broke_off)?;
    if response.status().is_success() {
        return Ok(uploaded);
    }
    Err(SendError::Transient {
        detail: format!(
            "Slack answered the file with HTTP {}",
            response.status().as_u16()
        ),
    })
}

async fn open(to: &Channels, account: &Account, user: &str) -> Result<String, SendError> {
    let answer = ask(to, account, "conversations.open", &json!({"users": user})).await?;
    id(&answer, "/channel/id").ok_or_else(|| SendError::invalid("Slack opened no chat"))
}

/// Calls a method.
pub(super) async fn ask(
    to: &Channels,
    account: &Account,
    method: &str,
    body: &Value,
) -> Result<Value, SendError> {
    understood(call(request(to, account, method).json(body)).await?)
}

fn request(to: &Channels, account: &Account, method: &str) -> reqwest::RequestBuilder {
    let url = join(&to.endpoints().slack, &["api", method]);
    let token = account.secret("bot_token").unwrap_or_default();
    to.http().post(url).bearer_auth(token)
}

/// From the error lists of <https://docs.slack.dev/reference/methods/chat.postMessage>. Of `internal_error` and
/// `fatal_error` Slack itself says that part of the work may have been done.
fn understood(answer: Answer) -> Result<Value, SendError> {
    if is_true(&answer.body, "/ok") {
        return Ok(answer.body);
    }
    let Some(error) = text(&answer.body, "/error") else {
        return Err(if answer.status.is_success() {
            answer.unreadable("Slack")
        } else {
            answer.refusal("Slack")
        });
    };
    let detail = format!("Slack: {error}");
    Err(match error {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
            answer.wait(detail, Duration::from_secs(30))
        }
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "missing_scope"
        | "no_permission"
        | "org_login_required"
        | "access_denied"
        | "not_allowed_token_type"
        | "ekm_access_denied" => SendError::Reconnect { detail },
        "channel_not_found"
        | "is_archived"
        | "not_in_channel"
        | "user_not_found"
        | "user_disabled"
        | "restricted_action"
        | "cannot_dm_bot"
        | "messages_tab_disabled"
        | "thread_not_found"
        | "user_not_visible" => SendError::Stop {
            code: error.to_owned(),
            detail,
        },
        "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            SendError::Transient { detail }
        }
        "internal_error" | "fatal_error" => SendError::Unknown { detail },
        _ => SendError::Invalid { detail },
    })
}

/// Fetches a file. Without the scope `files:read` Slack serves its log-in page instead.
pub(super) async fn fetch(
    to: &Channels,
    account: &Account,
    media: &Media,
    limit: u64,
) -> Result<Fetched, SendError> {
    let link = media.provider_ref.as_deref().unwrap_or_default();
    let download = Download {
        url: link
            .parse()
            .map_err(|_| SendError::invalid("the file has no link"))?,
        bearer: account.secret("bot_token"),
        domains: FILE_DOMAINS,
        endpoint: &to.endpoints().slack,
        filename: media.filename.clone(),
        limit,
    };
    let fetched = download.fetch(to).await?;
    let is_page =
        fetched.media_type == "text/html" && media.media_type.as_deref() != Some("text/html");
    if is_page {
        let detail = "Slack served a page instead of the file: the app needs the scope files:read";
        return Err(SendError::Reconnect {
            detail: detail.into(),
        });
    }
    Ok(fetched)
}
