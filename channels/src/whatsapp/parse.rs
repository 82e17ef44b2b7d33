//! Webhooks of the WhatsApp Cloud API.

use serde_json::Value;
use wafaa_domain::Content;

use super::{content, status};
use crate::{
    inbound::{Inbound, Sender},
    json::{id, list, read, seconds, string, text},
    request::Malformed,
};

pub(super) fn parse(body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
    let value = read(body)?;
    let mut events = Vec::new();
    for entry in list(&value, "/entry") {
        for change in list(entry, "/changes") {
            of_change(change, &mut events);
        }
    }
    if events.is_empty() {
        // An answer of the Graph API, say, or another product's webhook.
        let name = match text(&value, "/object") {
            Some(object) => object,
            None if value.get("error").is_some() => "error",
            None => "unknown",
        };
        events.push(unsupported(name, None, None));
    }
    Ok(events)
}

/// One change of one field, about one number.
struct Change<'a> {
    value: &'a Value,
    ours: Option<String>,
}

fn of_change(change: &Value, events: &mut Vec<Inbound>) {
    let field = text(change, "/field").unwrap_or("unknown");
    let Some(value) = change.get("value").filter(|value| value.is_object()) else {
        events.push(unsupported(field, None, None));
        return;
    };
    let ours = id(value, "/metadata/phone_number_id");
    let change = Change { value, ours };
    let before = events.len();
    match field {
        "messages" => change.messages(events),
        "standby" | "messaging_handovers" => change.standby(events),
        "smb_message_echoes" | "message_echoes" => change.echoes(events),
        "calls" => change.calls(events),
        "user_preferences" | "user_marketing_preferences" => change.preferences(events),
        "user_id_update" => change.new_ids(events),
        _ if is_about_the_account(field) => events.push(Inbound::Account {
            name: field.to_owned(),
            external_id: change.ours.clone(),
            detail: value.clone(),
        }),
        _ => {}
    }
    if events.len() == before {
        events.push(unsupported(field, None, change.ours));
    }
}

/// Fields that tell how the account, a number or a template fares.
fn is_about_the_account(field: &str) -> bool {
    const BEGINNINGS: [&str; 7] = [
        "account_",
        "business_",
        "message_template_",
        "template_",
        "phone_number_",
        "partner_",
        "payment_",
    ];
    field == "security"
        || field == "flows"
        || BEGINNINGS
            .iter()
            .any(|beginning| field.starts_with(beginning))
}

impl Change<'_> {
    fn messages(&self, events: &mut Vec<Inbound>) {
        let before = events.len();
        let messages = list(self.value, "/messages").iter();
        events.extend(messages.map(|message| self.message(message)));
        let statuses = list(self.value, "/statuses").iter();
        events.extend(statuses.map(|status| status::of(status, self.ours.clone())));
        if events.len() == before && !list(self.value, "/errors").is_empty() {
            events.push(Inbound::Account {
                name: "errors".into(),
                external_id: self.ours.clone(),
                detail: self.value["errors"].clone(),
            });
        }
    }

    /// Another responder has the conversation for now; we only listen. What it is told stands in `standby`, or where it
    /// would stand if it were ours.
    fn standby(&self, events: &mut Vec<Inbound>) {
        for told in self.value.get("standby").into_iter().chain([self.value]) {
            let messages = list(told, "/messages").iter();
            let messages = messages.chain(list(told, "/message_echoes"));
            events.extend(
                messages
                    .map(|message| unsupported("standby", id(message, "/id"), self.ours.clone())),
            );
            let statuses = list(told, "/statuses").iter();
            events.extend(statuses.map(|status| status::of(status, self.ours.clone())));
        }
    }

    fn message(&self, message: &Value) -> Inbound {
        let kind = text(message, "/type").unwrap_or("unknown");
        let known = id(message, "/id");
        let at = seconds(message, "/timestamp");
        let external_id = self.ours.clone();
        let event = match kind {
            "system" => self.system(message),
            "edit" => edited(message, external_id),
            "revoke" => withdrawn(message, external_id),
            "request_welcome" => None,
            "interactive"
                if text(message, "/interactive/type") == Some("call_permission_reply") =>
            {
                return unsupported("call_permission_reply", known, external_id);
            }
            _ => known
                .clone()
                .zip(self.sender(message))
                .map(|(provider_id, from)| Inbound::Message {
                    provider_id,
                    from,
                    external_id,
                    thread: id(message, "/group_id"),
                    reply_to: id(message, "/context/id")
                        .or_else(|| id(message, "/context/message_id")),
                    at,
                    content: content::of(message),
                }),
        };
        event.unwrap_or_else(|| {
            let name = match text(message, "/system/type") {
                Some(system) => format!("system.{system}"),
                None => kind.to_owned(),
            };
            unsupported(&name, known, self.ours.clone())
        })
    }

    /// The sender by every id they have: the number, where they show one, then the business-scoped ids (BSUID).
    fn sender(&self, message: &Value) -> Option<Sender> {
        self.person(
            id(message, "/from"),
            id(message, "/from_user_id"),
            id(message, "/from_parent_user_id"),
        )
    }

    fn person(
        &self,
        from: Option<String>,
        from_user: Option<String>,
        from_parent: Option<String>,
    ) -> Option<Sender> {
        let profile = self.profile(from.as_deref(), from_user.as_deref());
        let of_profile = |pointer| profile.and_then(|profile| id(profile, pointer));
        let wa_id = from.or_else(|| of_profile("/wa_id"));
        let phone = wa_id.clone().filter(|id| is_phone(id));
        let candidates = [
            wa_id,
            from_user,
            of_profile("/user_id"),
            from_parent,
            of_profile("/parent_user_id"),
        ];
        let mut identities: Vec<String> = Vec::new();
        for identity in candidates.into_iter().flatten() {
            if !identities.contains(&identity) {
                identities.push(identity);
            }
        }
        if identities.is_empty() {
            return None;
        }
        let name = profile.and_then(|profile| {
            string(profile, "/profile/name").or_else(|| string(profile, "/profile/username"))
        });
        Some(Sender {
            identities,
            name,
            language: None,
            phone,
        })
    }

    /// The entry of `contacts` that is the sender's; the only one there is also counts if nothing in it says otherwise.
    fn profile(&self, from: Option<&str>, from_user: Option<&str>) -> Option<&Value> {
        let contacts = list(self.value, "/contacts");
        let is_same = |contact: &&Value| {
            let (wa_id, user) = (text(contact, "/wa_id"), text(contact, "/user_id"));
            (wa_id.is_some() && wa_id == from) || (user.is_some() && user == from_user)
        };
        let only = || match contacts {
            [contact] if from.is_none() || text(contact, "/wa_id").is_none() => Some(contact),
            _ => None,
        };
        contacts.iter().find(is_same).or_else(only)
    }

    /// The number has changed: both are the same person.
    fn system(&self, message: &Value) -> Option<Inbound> {
        let new = id(message, "/system/wa_id")
            .or_else(|| id(message, "/system/new_wa_id"))
            .or_else(|| id(message, "/system/user_id"))?;
        let old = id(message, "/from").or_else(|| id(message, "/system/customer"))?;
        let changed = text(message, "/system/type")?;
        if !changed.contains("changed_number") && !changed.contains("changed_user_id") {
            return None;
        }
        Some(self.same_person(new, old, message))
    }

    fn same_person(&self, new: String, old: String, event: &Value) -> Inbound {
        Inbound::Identified {
            from: Sender {
                phone: Some(new.clone()).filter(|id| is_phone(id)),
                identities: vec![new, old],
                name: None,
                language: None,
            },
            external_id: self.ours.clone(),
            at: seconds(event, "/timestamp"),
        }
    }

    /// A person's business-scoped id was renewed.
    fn new_ids(&self, events: &mut Vec<Inbound>) {
        for update in list(self.value, "/user_id_update") {
            let current = id(update, "/user_id/current");
            let previous = id(update, "/user_id/previous").or_else(|| id(update, "/wa_id"));
            if let Some((current, previous)) = current.zip(previous) {
                events.push(self.same_person(current, previous, update));
            }
        }
    }

    /// What a person of the business wrote in the WhatsApp Business app.
    fn echoes(&self, events: &mut Vec<Inbound>) {
        for echo in list(self.value, "/message_echoes") {
            let known = id(echo, "/id");
            let event = match text(echo, "/type") {
                Some("edit") => edited(echo, self.ours.clone()),
                Some("revoke") => withdrawn(echo, self.ours.clone()),
                _ => self.echo(echo),
            };
            events.push(event.unwrap_or_else(|| unsupported("echo", known, self.ours.clone())));
        }
    }

    fn echo(&self, echo: &Value) -> Option<Inbound> {
        Some(Inbound::Echo {
            provider_id: id(echo, "/id")?,
            ours: None,
            recipient: id(echo, "/to").or_else(|| id(echo, "/to_user_id"))?,
            thread: id(echo, "/group_id"),
            content: content::of(echo),
            at: seconds(echo, "/timestamp"),
            external_id: self.ours.clone(),
        })
    }

    fn calls(&self, events: &mut Vec<Inbound>) {
        let calls = list(self.value, "/calls").iter().map(|call| {
            let event = text(call, "/event").unwrap_or("event");
            unsupported(&format!("call.{event}"), id(call, "/id"), self.ours.clone())
        });
        events.extend(calls);
        let statuses = list(self.value, "/statuses").iter();
        events.extend(statuses.map(|status| status::of(status, self.ours.clone())));
    }

    fn preferences(&self, events: &mut Vec<Inbound>) {
        let preferences = list(self.value, "/user_preferences").iter();
        events.extend(preferences.map(|preference| {
            self.marketing(preference).unwrap_or_else(|| {
                let category = text(preference, "/category").unwrap_or("messages");
                let value = text(preference, "/value").unwrap_or("changed");
                unsupported(&format!("{category}.{value}"), None, self.ours.clone())
            })
        }));
    }

    /// Who signs up for marketing wants it as who resumes it does.
    fn marketing(&self, preference: &Value) -> Option<Inbound> {
        let wanted = match (text(preference, "/category")?, text(preference, "/value")?) {
            ("marketing_messages", "stop") => false,
            ("marketing_messages", "resume" | "signup") => true,
            _ => return None,
        };
        Some(Inbound::Marketing {
            from: self.person(
                id(preference, "/wa_id"),
                id(preference, "/user_id"),
                id(preference, "/parent_user_id"),
            )?,
            wanted,
            external_id: self.ours.clone(),
            at: seconds(preference, "/timestamp"),
        })
    }
}

fn edited(message: &Value, external_id: Option<String>) -> Option<Inbound> {
    Some(Inbound::Edited {
        provider_id: id(message, "/edit/original_message_id")?,
        external_id,
        at: seconds(message, "/timestamp"),
        content: match message.pointer("/edit/message") {
            Some(edited) => content::of(edited),
            None => Content::Unsupported {
                name: "edit".into(),
            },
        },
    })
}

fn withdrawn(message: &Value, external_id: Option<String>) -> Option<Inbound> {
    Some(Inbound::Withdrawn {
        provider_id: id(message, "/revoke/original_message_id")?,
        external_id,
        at: seconds(message, "/timestamp"),
    })
}

/// Telephone numbers have up to fifteen digits (E.164) and nothing else.
fn is_phone(id: &str) -> bool {
    (5..=15).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn unsupported(
    name: &str,
    provider_id: Option<String>,
    external_id: Option<String>,
) -> Inbound {
    Inbound::Unsupported {
        name: name.chars().take(64).collect(),
        provider_id,
        external_id,
    }
}
