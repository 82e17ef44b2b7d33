//! Webhooks of Messenger and Instagram: `messaging` (and `standby`) lists, and the newer form in `changes`.

use serde_json::Value;
use wafaa_domain::{Content, MessageStatus};

use super::{Dialect, content};
use crate::{
    inbound::{Inbound, Sender},
    json::{id, is_true, list, milliseconds, read, text},
    request::Malformed,
};

pub(super) fn parse(dialect: &Dialect, body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
    let value = read(body)?;
    if text(&value, "/object") != Some(dialect.object) {
        let name = text(&value, "/object").unwrap_or("unknown");
        return Ok(vec![unsupported(name, None, None)]);
    }
    let mut events = Vec::new();
    for entry in list(&value, "/entry") {
        of_entry(entry, &mut events);
    }
    if events.is_empty() {
        events.push(unsupported("empty", None, None));
    }
    Ok(events)
}

fn of_entry(entry: &Value, events: &mut Vec<Inbound>) {
    let ours = id(entry, "/id");
    // The dashboard's Test button tells of nobody's account.
    if ours.as_deref() == Some("0") {
        events.push(unsupported("test", None, None));
        return;
    }
    for event in list(entry, "/messaging") {
        of_event(event, ours.clone(), events);
    }
    // Another app has the conversation for now; we only listen.
    events.extend(
        list(entry, "/standby")
            .iter()
            .map(|event| unsupported("standby", id(event, "/message/mid"), ours.clone())),
    );
    for change in list(entry, "/changes") {
        let field = text(change, "/field").unwrap_or("changes");
        match change.get("value") {
            // `messages`, `messaging_postbacks`, `message_reactions`, … hold one event of the same form.
            Some(event) if event.get("sender").is_some() => {
                of_event(
                    event,
                    ours.clone().or_else(|| id(event, "/recipient/id")),
                    events,
                );
            }
            _ => events.push(unsupported(field, None, ours.clone())),
        }
    }
}

fn of_event(event: &Value, ours: Option<String>, events: &mut Vec<Inbound>) {
    let before = events.len();
    let sender = id(event, "/sender/id").or_else(|| id(event, "/sender/user_ref"));
    if let Some(sender) = sender {
        let event = Event {
            event,
            sender,
            ours: ours.clone(),
        };
        events.extend(event.read());
    }
    if events.len() == before {
        events.push(unsupported(name_of(event), None, ours));
    }
}

/// One event of a known sender.
struct Event<'a> {
    event: &'a Value,
    sender: String,
    ours: Option<String>,
}

impl Event<'_> {
    fn read(self) -> Vec<Inbound> {
        let event = self.event;
        let one = if let Some(message) = event.get("message") {
            return self.message(message);
        } else if let Some(edit) = event.get("message_edit") {
            self.edit(edit)
        } else if let Some(postback) = event.get("postback") {
            let known = id(postback, "/mid");
            let provider_id = known.unwrap_or_else(|| self.made_up("postback"));
            Some(self.written(provider_id, None, content::of_postback(postback)))
        } else if let Some(reaction) = event.get("reaction") {
            content::of_reaction(reaction)
                .map(|content| self.written(self.made_up("reaction"), None, content))
        } else if let Some(delivery) = event.get("delivery") {
            return self.delivered(delivery);
        } else if let Some(read) = event.get("read").or_else(|| event.get("messaging_seen")) {
            return self.was_read(read);
        } else {
            None // opt-ins, referrals, hand-overs: named by the caller
        };
        one.into_iter().collect()
    }

    fn message(&self, message: &Value) -> Vec<Inbound> {
        let Some(provider_id) = id(message, "/mid") else {
            return Vec::new();
        };
        if is_true(message, "/is_deleted") {
            return vec![Inbound::Withdrawn {
                provider_id,
                external_id: self.ours.clone(),
                at: milliseconds(self.event, "/timestamp"),
            }];
        }
        if is_true(message, "/is_echo") || self.ours.as_ref() == Some(&self.sender) {
            return self.echo(provider_id, message).into_iter().collect();
        }
        let reply_to = id(message, "/reply_to/mid");
        let others = content::further(message).zip(1..).map(|(content, number)| {
            self.written(format!("{provider_id}#{number}"), reply_to.clone(), content)
        });
        let mut messages: Vec<_> = others.collect();
        messages.insert(0, self.written(provider_id, reply_to, content::of(message)));
        messages
    }

    fn echo(&self, provider_id: String, message: &Value) -> Option<Inbound> {
        Some(Inbound::Echo {
            provider_id,
            ours: text(message, "/metadata").and_then(|ours| ours.parse().ok()),
            recipient: id(self.event, "/recipient/id")?,
            thread: None,
            content: content::of(message),
            at: milliseconds(self.event, "/timestamp"),
            external_id: self.ours.clone(),
        })
    }

    fn edit(&self, edit: &Value) -> Option<Inbound> {
        Some(Inbound::Edited {
            provider_id: id(edit, "/mid")?,
            external_id: self.ours.clone(),
            at: milliseconds(self.event, "/timestamp"),
            content: Content::text(text(edit, "/text")?),
        })
    }

    fn written(&self, provider_id: String, reply_to: Option<String>, content: Content) -> Inbound {
        Inbound::Message {
            provider_id,
            from: Sender {
                identities: vec![self.sender.clone()],
                name: None,
                language: None,
                phone: None,
            },
            external_id: self.ours.clone(),
            thread: None,
            reply_to,
            at: milliseconds(self.event, "/timestamp"),
            content,
        }
    }

    fn delivered(&self, delivery: &Value) -> Vec<Inbound> {
        let at = milliseconds(delivery, "/watermark");
        let status = |mid: &Value| self.status(mid.as_str()?, MessageStatus::Delivered, at);
        let statuses: Vec<_> = list(delivery, "/mids").iter().filter_map(status).collect();
        if !statuses.is_empty() {
            return statuses;
        }
        vec![Inbound::DeliveredUpTo {
            recipient: self.sender.clone(),
            at,
            external_id: self.ours.clone(),
        }]
    }

    /// Messenger tells until when, Instagram which message; those before it have been read as well.
    fn was_read(&self, read: &Value) -> Vec<Inbound> {
        let at = milliseconds(self.event, "/timestamp");
        let named = text(read, "/mid").and_then(|mid| self.status(mid, MessageStatus::Read, at));
        let all = Inbound::ReadUpTo {
            recipient: self.sender.clone(),
            at: match read.get("watermark") {
                Some(_) => milliseconds(read, "/watermark"),
                None => at,
            },
            external_id: self.ours.clone(),
        };
        named.into_iter().chain([all]).collect()
    }

    fn status(
        &self,
        mid: &str,
        status: MessageStatus,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Option<Inbound> {
        Some(Inbound::Status {
            provider_id: Some(id(&Value::from(mid), "")?),
            ours: None,
            status,
            at,
            error: None,
            recipient: Some(self.sender.clone()),
            external_id: self.ours.clone(),
        })
    }

    /// An id for an event that has none: who did what, when and to which message. The same event again has the same.
    fn made_up(&self, what: &str) -> String {
        let at = id(self.event, "/timestamp").unwrap_or_default();
        let target = text(self.event, "/reaction/mid").unwrap_or_default();
        let action = text(self.event, "/reaction/action").unwrap_or_default();
        let key = format!("{}:{at}:{target}:{action}", self.sender);
        let digest = crate::signature::hmac_hex(what, &[key.as_bytes()]);
        format!("{what}:{}", &digest[..32])
    }
}

/// What an event that isn't handled is about: its first field that isn't part of every event.
fn name_of(event: &Value) -> &str {
    let is_about = |name: &&String| {
        !matches!(
            name.as_str(),
            "sender" | "recipient" | "timestamp" | "is_instagram_echo"
        )
    };
    event
        .as_object()
        .and_then(|fields| fields.keys().find(is_about))
        .map_or("event", String::as_str)
}

fn unsupported(name: &str, provider_id: Option<String>, external_id: Option<String>) -> Inbound {
    Inbound::Unsupported {
        name: name.chars().take(64).collect(),
        provider_id,
        external_id,
    }
}
