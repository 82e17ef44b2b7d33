//! Slack's requests: events as JSON; buttons and slash commands as forms.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wafaa_domain::Content;

use super::content;
use crate::{
    inbound::{Inbound, Sender},
    json::{id, is_true, list, malformed, read, seconds, string, text},
    request::{Malformed, Query},
};

/// What our own messages are marked with; see [`super::send`].
pub(super) const EVENT_TYPE: &str = "wafaa_message";

pub(super) fn parse(body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
    let is_json = body.trim_ascii_start().first() == Some(&b'{');
    let value = if is_json { read(body)? } else { form(body)? };
    let kind = text(&value, "/type").unwrap_or("unknown");
    // Slack asks once whose address this is, and now and then whether its certificate still is good.
    if kind == "url_verification" || kind == "ssl_check" {
        let body = text(&value, "/challenge").unwrap_or_default().to_owned();
        return Ok(vec![Inbound::Reply {
            body,
            media_type: "text/plain".into(),
        }]);
    }
    let reader = Reader {
        team: id(&value, "/team_id").or_else(|| id(&value, "/team/id")),
        request: &value,
    };
    let events = match kind {
        "event_callback" => reader.event(&value["event"]),
        "block_actions" => reader.chosen(),
        "slash_command" => reader.command().into_iter().collect(),
        "app_rate_limited" => vec![reader.account(kind, &value)],
        _ => Vec::new(),
    };
    if !events.is_empty() {
        return Ok(events);
    }
    let name = match text(&value, "/event/type") {
        Some(event) => event,
        None => kind,
    };
    Ok(vec![reader.unsupported(name, None)])
}

/// A form has the JSON of an interaction in `payload`, or the fields of a slash command.
fn form(body: &[u8]) -> Result<Value, Malformed> {
    let body = std::str::from_utf8(body).map_err(|_| malformed("not text"))?;
    let form = Query::parse(body);
    if let Some(payload) = form.get("payload") {
        return read(payload.as_bytes());
    }
    if form.get("ssl_check") == Some("1") {
        return Ok(json!({"type": "ssl_check"}));
    }
    if form.get("command").is_none() {
        return Err(malformed("neither JSON nor a form of Slack's"));
    }
    let field = |name| form.get(name).unwrap_or_default().replace('\0', "");
    Ok(json!({
        "type": "slash_command",
        "team_id": field("team_id"),
        "channel": field("channel_id"),
        "user": field("user_id"),
        "name": field("user_name"),
        "text": field("text"),
        "trigger_id": field("trigger_id"),
    }))
}

struct Reader<'a> {
    team: Option<String>,
    request: &'a Value,
}

impl Reader<'_> {
    fn event(&self, event: &Value) -> Vec<Inbound> {
        let kind = text(event, "/type").unwrap_or_default();
        let one = match (kind, text(event, "/subtype")) {
            ("app_mention", _)
            | ("message", None | Some("file_share" | "thread_broadcast" | "me_message")) => {
                return self.message(event);
            }
            ("message", Some("message_changed")) => self.changed(event),
            ("message", Some("message_deleted")) => self.deleted(event),
            ("message", Some("bot_message")) => Some(self.bots(event)),
            ("message", Some(subtype)) => {
                Some(self.unsupported(&format!("message.{subtype}"), None))
            }
            ("reaction_added" | "reaction_removed", _) => self.reacted(kind, event),
            ("app_uninstalled" | "tokens_revoked", _) => Some(self.account(kind, event)),
            _ => None,
        };
        one.into_iter().collect()
    }

    fn message(&self, event: &Value) -> Vec<Inbound> {
        if self.is_a_bots(event) {
            return vec![self.bots(event)];
        }
        let Some((provider_id, user)) = message_id(event, "/ts").zip(id(event, "/user")) else {
            return Vec::new();
        };
        let thread = thread(event);
        let channel = id(event, "/channel").unwrap_or_default();
        let reply_to = id(event, "/thread_ts").map(|ts| format!("{channel}:{ts}"));
        let message = |(content, number): (Content, usize)| Inbound::Message {
            provider_id: numbered(&provider_id, number),
            from: sender(user.clone(), None),
            external_id: self.team.clone(),
            thread: thread.clone(),
            reply_to: reply_to.clone().filter(|first| *first != provider_id),
            at: time(event, "/ts"),
            content,
        };
        content::of(event, self.bot())
            .into_iter()
            .zip(0..)
            .map(message)
            .collect()
    }

    /// The user that the app itself is.
    fn bot(&self) -> Option<&str> {
        list(self.request, "/authorizations")
            .iter()
            .find(|authorisation| is_true(authorisation, "/is_bot"))
            .and_then(|authorisation| text(authorisation, "/user_id"))
    }

    fn is_a_bots(&self, event: &Value) -> bool {
        let user = text(event, "/user");
        id(event, "/bot_id").is_some() || (user.is_some() && user == self.bot())
    }

    /// Our own message, by its metadata; or another bot's, with which we don't begin to talk.
    fn bots(&self, event: &Value) -> Inbound {
        let provider_id = message_id(event, "/ts");
        let is_marked = text(event, "/metadata/event_type") == Some(EVENT_TYPE);
        let ours = text(event, "/metadata/event_payload/id").and_then(|id| id.parse().ok());
        match provider_id.clone().zip(ours).filter(|_| is_marked) {
            Some((provider_id, ours)) => Inbound::Echo {
                provider_id,
                ours: Some(ours),
                recipient: id(event, "/channel").unwrap_or_default(),
                thread: thread(event),
                content: Content::text(content::plain(
                    text(event, "/text").unwrap_or_default(),
                    None,
                )),
                at: time(event, "/ts"),
                external_id: self.team.clone(),
            },
            None => self.unsupported("bot_message", provider_id),
        }
    }

    /// A link that was unfolded changes a message too, but not its words; and of a deleted message that has a thread a
    /// tombstone stays.
    fn changed(&self, event: &Value) -> Option<Inbound> {
        let message = event.get("message")?;
        let provider_id = self.inner_id(event, message, "/ts")?;
        if text(message, "/subtype") == Some("tombstone") {
            return Some(self.withdrawn(event, provider_id));
        }
        let is_same = text(message, "/text") == text(event, "/previous_message/text");
        if self.is_a_bots(message) || is_same {
            return Some(self.unsupported("message.message_changed", Some(provider_id)));
        }
        // Of a message with several files, the one that has the words.
        let contents = content::of(message, self.bot());
        let has_words = |content: &Content| content.words().is_some();
        let number = contents.iter().position(has_words).unwrap_or(0);
        Some(Inbound::Edited {
            provider_id: numbered(&provider_id, number),
            external_id: self.team.clone(),
            at: time(event, "/ts"),
            content: contents.into_iter().nth(number)?,
        })
    }

    fn deleted(&self, event: &Value) -> Option<Inbound> {
        let previous = event.get("previous_message").unwrap_or(&Value::Null);
        let provider_id = self
            .inner_id(event, event, "/deleted_ts")
            .or_else(|| self.inner_id(event, previous, "/ts"))?;
        Some(self.withdrawn(event, provider_id))
    }

    fn withdrawn(&self, event: &Value, provider_id: String) -> Inbound {
        Inbound::Withdrawn {
            provider_id,
            external_id: self.team.clone(),
            at: time(event, "/ts"),
        }
    }

    fn inner_id(&self, event: &Value, message: &Value, ts: &str) -> Option<String> {
        let channel = id(event, "/channel")?;
        Some(format!("{channel}:{}", id(message, ts)?))
    }

    /// In a channel, reactions between other people are none of our business.
    fn reacted(&self, kind: &str, event: &Value) -> Option<Inbound> {
        let channel = id(event, "/item/channel").filter(|channel| channel.starts_with('D'))?;
        let (user, at) = id(event, "/user").zip(id(event, "/event_ts"))?;
        let name = text(event, "/reaction")?;
        Some(Inbound::Message {
            provider_id: format!("{channel}:{at}:{kind}"),
            from: sender(user, None),
            external_id: self.team.clone(),
            thread: Some(channel.clone()),
            reply_to: None,
            at: time(event, "/event_ts"),
            content: Content::Reaction {
                to: format!("{channel}:{}", id(event, "/item/ts")?),
                emoji: (kind == "reaction_added").then(|| format!(":{name}:")),
            },
        })
    }

    /// Buttons and lists below one of our messages.
    fn chosen(&self) -> Vec<Inbound> {
        let request = self.request;
        let chosen = |action: &Value| {
            let channel =
                id(request, "/channel/id").or_else(|| id(request, "/container/channel_id"))?;
            let message =
                id(request, "/message/ts").or_else(|| id(request, "/container/message_ts"))?;
            let value = string(action, "/selected_option/value")
                .or_else(|| string(action, "/value"))
                .or_else(|| string(action, "/action_id"))?;
            let title = string(action, "/selected_option/text/text")
                .or_else(|| string(action, "/text/text"));
            let first = id(request, "/message/thread_ts");
            let thread = match first
                .or_else(|| Some(message.clone()).filter(|_| !channel.starts_with('D')))
            {
                Some(first) => format!("{channel}:{first}"),
                None => channel.clone(),
            };
            Some(Inbound::Message {
                provider_id: format!("{channel}:{message}:{}", id(action, "/action_ts")?),
                from: sender(id(request, "/user/id")?, string(request, "/user/name")),
                external_id: self.team.clone(),
                thread: Some(thread),
                reply_to: Some(format!("{channel}:{message}")),
                at: time(action, "/action_ts"),
                content: Content::Choice {
                    title: title.unwrap_or_else(|| value.clone()),
                    id: value,
                },
            })
        };
        list(request, "/actions")
            .iter()
            .filter_map(chosen)
            .collect()
    }

    fn command(&self) -> Option<Inbound> {
        let request = self.request;
        Some(Inbound::Message {
            provider_id: format!("command:{}", id(request, "/trigger_id")?),
            from: sender(id(request, "/user")?, string(request, "/name")),
            external_id: self.team.clone(),
            thread: id(request, "/channel"),
            reply_to: None,
            at: Utc::now(),
            content: Content::text(text(request, "/text")?),
        })
    }

    fn account(&self, name: &str, detail: &Value) -> Inbound {
        Inbound::Account {
            name: name.to_owned(),
            external_id: self.team.clone(),
            detail: detail.clone(),
        }
    }

    fn unsupported(&self, name: &str, provider_id: Option<String>) -> Inbound {
        Inbound::Unsupported {
            name: name.chars().take(64).collect(),
            provider_id,
            external_id: self.team.clone(),
        }
    }
}

fn message_id(event: &Value, ts: &str) -> Option<String> {
    let channel = id(event, "/channel")?;
    Some(format!("{channel}:{}", id(event, ts)?))
}

/// A message for each of several files: the first by the message's own id.
fn numbered(provider_id: &str, number: usize) -> String {
    match number {
        0 => provider_id.to_owned(),
        number => format!("{provider_id}#{number}"),
    }
}

/// The private chat, or the thread that a message in a channel belongs to or begins.
fn thread(event: &Value) -> Option<String> {
    let channel = id(event, "/channel")?;
    let is_private = text(event, "/channel_type") == Some("im") || channel.starts_with('D');
    let first = id(event, "/thread_ts").or_else(|| id(event, "/ts").filter(|_| !is_private));
    Some(match first {
        Some(first) => format!("{channel}:{first}"),
        None => channel,
    })
}

fn sender(user: String, name: Option<String>) -> Sender {
    Sender {
        identities: vec![user],
        name,
        language: None,
        phone: None,
    }
}

/// Slack's times are text: seconds, a dot, and a number that makes them unique.
fn time(event: &Value, pointer: &str) -> DateTime<Utc> {
    let ts = text(event, pointer).unwrap_or_default();
    let whole = ts.split('.').next().unwrap_or_default();
    seconds(&Value::from(whole), "")
}
