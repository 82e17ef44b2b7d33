//! Telegram's updates.

use serde_json::Value;
use wafaa_domain::Content;

use super::content;
use crate::{
    inbound::{Inbound, Sender},
    json::{id, is_true, list, read, seconds, string, text},
    request::Malformed,
};

/// What the id of a pressed button begins with.
pub(super) const CALLBACK: &str = "callback:";

pub(super) fn parse(body: &[u8], bot: Option<String>) -> Result<Vec<Inbound>, Malformed> {
    let value = read(body)?;
    let reader = Reader { bot };
    let mut events = Vec::new();
    // A webhook is one update. An answer of `getUpdates` has several, in the same form.
    for update in list(&value, "/result") {
        reader.update(update, &mut events);
    }
    if value.get("ok").is_none() {
        reader.update(&value, &mut events);
    }
    if events.is_empty() {
        let name = if value.get("ok").is_some() {
            "response"
        } else {
            "unknown"
        };
        events.push(reader.unsupported(name, None));
    }
    Ok(events)
}

struct Reader {
    bot: Option<String>,
}

impl Reader {
    fn update(&self, update: &Value, events: &mut Vec<Inbound>) {
        for (name, value) in update.as_object().into_iter().flatten() {
            if name == "update_id" {
                continue;
            }
            let event = match name.as_str() {
                "message" => self.message(value),
                "edited_message" => self.edited(value),
                "callback_query" => self.pressed(value),
                "message_reaction" => self.reacted(update, value),
                "my_chat_member" => {
                    let status = text(value, "/new_chat_member/status").unwrap_or("changed");
                    Some(self.unsupported(&format!("my_chat_member.{status}"), None))
                }
                _ => None, // channels, inline queries, polls, payments, …
            };
            events.push(event.unwrap_or_else(|| self.unsupported(name, None)));
        }
    }

    fn message(&self, message: &Value) -> Option<Inbound> {
        let provider_id = message_id(message)?;
        if let Some(moved) = self.moved(message) {
            return Some(moved);
        }
        let person = message.get("from")?;
        if is_true(person, "/is_bot") {
            return Some(self.unsupported("bot_message", Some(provider_id)));
        }
        // A channel's post, which Telegram itself carries into the channel's discussion group.
        if is_true(message, "/is_automatic_forward") {
            return Some(self.unsupported("automatic_forward", Some(provider_id)));
        }
        let Some(content) = content::of(message) else {
            return Some(self.unsupported(news(message), Some(provider_id)));
        };
        let mut from = sender(person)?;
        from.phone = own_phone(message, &from);
        Some(Inbound::Message {
            thread: thread(message, &from),
            from,
            external_id: self.bot.clone(),
            reply_to: message.get("reply_to_message").and_then(message_id),
            at: seconds(message, "/date"),
            provider_id,
            content,
        })
    }

    /// A group has become a supergroup, which has another id. Both are told of it.
    fn moved(&self, message: &Value) -> Option<Inbound> {
        let here = id(message, "/chat/id")?;
        let (from, to) = match id(message, "/migrate_to_chat_id") {
            Some(to) => (here, to),
            None => (id(message, "/migrate_from_chat_id")?, here),
        };
        Some(Inbound::Moved {
            from,
            to,
            external_id: self.bot.clone(),
        })
    }

    fn edited(&self, message: &Value) -> Option<Inbound> {
        Some(Inbound::Edited {
            provider_id: message_id(message)?,
            external_id: self.bot.clone(),
            at: seconds(message, "/edit_date"),
            content: content::of(message)?,
        })
    }

    /// A button below one of our messages.
    fn pressed(&self, query: &Value) -> Option<Inbound> {
        let from = sender(query.get("from")?)?;
        let data = text(query, "/data").or_else(|| text(query, "/game_short_name"))?;
        let message = query.get("message");
        let title = message.and_then(|message| label(message, data));
        Some(Inbound::Message {
            provider_id: format!("{CALLBACK}{}", id(query, "/id")?),
            thread: message.and_then(|message| thread(message, &from)),
            from,
            external_id: self.bot.clone(),
            reply_to: message.and_then(message_id),
            at: seconds(query, "/date"), // there is none: now
            content: Content::Choice {
                id: data.to_owned(),
                title: title.unwrap_or(data).to_owned(),
            },
        })
    }

    /// In a group, reactions between other people are none of our business. Of several, the first that is a plain
    /// emoji counts; custom and paid ones can't be shown.
    fn reacted(&self, update: &Value, reaction: &Value) -> Option<Inbound> {
        let reactions = list(reaction, "/new_reaction");
        let emoji = reactions.iter().find_map(|one| string(one, "/emoji"));
        let is_private = text(reaction, "/chat/type") == Some("private");
        if !is_private || (emoji.is_none() && !reactions.is_empty()) {
            return None;
        }
        Some(Inbound::Message {
            provider_id: format!("update:{}", id(update, "/update_id")?),
            thread: None,
            from: sender(reaction.get("user")?)?,
            external_id: self.bot.clone(),
            reply_to: None,
            at: seconds(reaction, "/date"),
            content: Content::Reaction {
                to: message_id(reaction)?,
                emoji,
            },
        })
    }

    fn unsupported(&self, name: &str, provider_id: Option<String>) -> Inbound {
        Inbound::Unsupported {
            name: name.chars().take(64).collect(),
            provider_id,
            external_id: self.bot.clone(),
        }
    }
}

/// `chat:message`, as message ids are unique within a chat only.
fn message_id(message: &Value) -> Option<String> {
    let chat = id(message, "/chat/id")?;
    Some(format!("{chat}:{}", id(message, "/message_id")?))
}

fn sender(person: &Value) -> Option<Sender> {
    Some(Sender {
        identities: vec![id(person, "/id")?],
        name: content::name(person).or_else(|| string(person, "/username")),
        language: string(person, "/language_code"),
        phone: None,
    })
}

/// A group, or a topic; the private chat has the sender's own id and needs no thread. A reply in a group has a
/// `message_thread_id` too, and none can be sent to that.
fn thread(message: &Value, from: &Sender) -> Option<String> {
    let chat = id(message, "/chat/id")?;
    let is_of_topic = is_true(message, "/is_topic_message");
    match id(message, "/message_thread_id").filter(|_| is_of_topic) {
        Some(topic) => Some(format!("{chat}:{topic}")),
        None if from.identities.first() == Some(&chat) => None,
        None => Some(chat),
    }
}

/// The sender's number, when they shared their own card.
fn own_phone(message: &Value, from: &Sender) -> Option<String> {
    let owner = id(message, "/contact/user_id")?;
    let phone = text(message, "/contact/phone_number")?;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    (from.identities.contains(&owner) && !digits.is_empty()).then_some(digits)
}

/// What the button with this data says.
fn label<'a>(message: &'a Value, data: &str) -> Option<&'a str> {
    let rows = list(message, "/reply_markup/inline_keyboard").iter();
    rows.filter_map(Value::as_array)
        .flatten()
        .find(|button| text(button, "/callback_data") == Some(data))
        .and_then(|button| text(button, "/text"))
}

/// What a message without content is about: its first field that isn't part of every message.
fn news(message: &Value) -> &str {
    let is_common = |name: &str| {
        matches!(
            name,
            "message_id" | "message_thread_id" | "from" | "chat" | "date" | "sender_chat"
        )
    };
    message
        .as_object()
        .and_then(|fields| fields.keys().find(|name| !is_common(name)))
        .map_or("message", String::as_str)
}
