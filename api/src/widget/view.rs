//! What a visitor sees, and may send.

use chrono::{DateTime, Utc};
use poem_openapi::{Object, Union};
use serde_json::Value;
use uuid::Uuid;
use wafaa_domain::{Author, BotSettings, Content, ConversationStatus, Direction, MessageStatus};
use wafaa_pipelines::conversation::{greeting, spoken};
use wafaa_storage::{channel::Channel, conversation::Conversation, message};

use crate::{
    error::{Error, Result},
    resource::time,
};

/// How the chat presents itself.
#[derive(Object)]
#[oai(rename = "WidgetAppearance")]
pub(super) struct Appearance {
    /// The bot's name.
    name: String,
    /// What it says first.
    greeting: String,
    /// Two-letter code of the language that the greeting is in.
    language: String,
    /// Two-letter codes of the languages it answers in, its own first.
    languages: Vec<String>,
    /// As in the channel's settings.
    theme: Value,
}

#[derive(Object)]
#[oai(rename = "WidgetBeginning")]
pub(super) struct Begin {
    /// What the visitor is called, if that is known.
    #[oai(validator(max_length = 100))]
    pub(super) name: Option<String>,
    /// The visitor's language, such as `ar`.
    #[oai(validator(min_length = 2, max_length = 20))]
    pub(super) language: Option<String>,
}

/// A conversation, and what opens it.
#[derive(Object)]
#[oai(rename = "WidgetConversation")]
pub(super) struct Begun {
    id: String,
    /// Sent as `Authorization: Bearer …`.
    visitor_token: String,
    expires_at: String,
    /// `bot`, `waiting`, `human` or `resolved`.
    status: String,
    /// The number of its newest message.
    seq: i64,
}

#[derive(Object)]
#[oai(rename = "WidgetWords")]
pub(super) struct Say {
    #[oai(validator(min_length = 1, max_length = 4000))]
    pub(super) text: String,
    /// The id of the option that the words are the title of, when one was chosen.
    #[oai(validator(min_length = 1, max_length = 256))]
    choice: Option<String>,
    /// Chosen by the sender, who can so send it again without having it stored twice.
    #[oai(validator(min_length = 1, max_length = 64))]
    client_id: Option<String>,
}

/// Words or a choice, checked.
pub(super) struct Said {
    pub(super) content: Content,
    pub(super) client_id: String,
}

#[derive(Object)]
#[oai(rename = "WidgetRating")]
pub(super) struct Rating {
    /// From 1, the worst, to 5.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    pub(super) score: i32,
}

/// A file in a message.
#[derive(Object)]
#[oai(rename = "WidgetFile")]
struct File {
    /// `image`, `audio`, `video`, `document` or `sticker`.
    kind: String,
    name: Option<String>,
    media_type: Option<String>,
    bytes: Option<u64>,
    /// Whether it is there, or still to come; otherwise only the message is.
    kept: bool,
}

/// Something to choose.
#[derive(Object)]
#[oai(rename = "WidgetOption")]
struct Choice {
    id: String,
    title: String,
}

/// A message, as the visitor sees it.
#[derive(Object)]
#[oai(rename = "WidgetMessage")]
pub(super) struct Message {
    id: String,
    /// Its place in the conversation.
    seq: i64,
    /// `visitor`, `bot`, `person` or `system`.
    from: String,
    /// Plain text.
    text: Option<String>,
    file: Option<File>,
    /// What may be chosen as the answer.
    options: Vec<Choice>,
    /// What the sender called it.
    client_id: Option<String>,
    at: String,
}

/// Somebody is writing.
#[derive(Object)]
#[oai(rename = "WidgetTyping")]
pub(super) struct Typing {
    /// `bot`.
    from: String,
}

/// Whose turn it is.
#[derive(Object)]
#[oai(rename = "WidgetState")]
pub(super) struct Turn {
    /// `bot`, `waiting`, `human` or `resolved`.
    status: String,
    /// The visitor's rating, if there is one.
    rating: Option<i32>,
}

/// What happens in a conversation.
#[derive(Union)]
#[oai(rename = "WidgetEvent")]
pub(super) enum Event {
    Message(Message),
    Typing(Typing),
    Conversation(Turn),
}

impl Appearance {
    /// In the first language that is `wanted`, commas between them, and that the bot speaks.
    pub(super) fn of(channel: &Channel, bot: BotSettings, wanted: &str) -> Self {
        let language = spoken(&bot, wanted.split(',')).to_owned();
        Self {
            greeting: greeting(&bot, &language).to_owned(),
            language,
            name: bot.name,
            languages: bot.languages,
            theme: channel.settings["theme"].clone(),
        }
    }
}

impl Begun {
    pub(super) fn of(opened: &Conversation, token: String, until: DateTime<Utc>) -> Self {
        Self {
            id: opened.id.to_string(),
            visitor_token: token,
            expires_at: time(until),
            status: opened.status.to_string(),
            seq: opened.seq,
        }
    }
}

impl Say {
    pub(super) fn checked(self) -> Result<Said> {
        if self.text.trim().is_empty() {
            return Err(Error::field("text", "must not be empty"));
        }
        let content = match self.choice {
            Some(id) => Content::Choice {
                id,
                title: self.text,
            },
            None => Content::text(self.text),
        };
        Ok(Said {
            content,
            client_id: client_id(self.client_id)?,
        })
    }
}

/// What the sender calls a message, or a new name for it.
pub(super) fn client_id(given: Option<String>) -> Result<String> {
    let Some(id) = given else {
        return Ok(Uuid::now_v7().simple().to_string());
    };
    let fits = (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic());
    fits.then_some(id)
        .ok_or_else(|| Error::field("client_id", "has 1 to 64 visible characters"))
}

impl Event {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Typing(_) => "typing",
            Self::Conversation(_) => "conversation",
        }
    }

    /// Where a client goes on after it; only messages have a place.
    pub(super) const fn id(&self) -> Option<i64> {
        match self {
            Self::Message(message) => Some(message.seq),
            Self::Typing(_) | Self::Conversation(_) => None,
        }
    }

    pub(super) fn typing() -> Self {
        Self::Typing(Typing {
            from: "bot".to_owned(),
        })
    }

    pub(super) fn turn(status: ConversationStatus, rating: Option<i32>) -> Self {
        Self::Conversation(Turn {
            status: status.to_string(),
            rating,
        })
    }
}

/// Whether a visitor is to see a message, now or never; `None` while that isn't settled.
pub(super) fn visible(message: &message::Message) -> Option<bool> {
    match (message.direction, message.status) {
        (Direction::Note, _) => Some(false),
        (Direction::Outbound, MessageStatus::Queued | MessageStatus::Sending) => None,
        (_, MessageStatus::Superseded | MessageStatus::Failed | MessageStatus::Withdrawn) => {
            Some(false)
        }
        // Unknown: sending it is showing it, which is what happens here.
        (
            Direction::Inbound | Direction::Outbound,
            MessageStatus::Received
            | MessageStatus::Queued
            | MessageStatus::Sending
            | MessageStatus::Sent
            | MessageStatus::Delivered
            | MessageStatus::Read
            | MessageStatus::Unknown,
        ) => Some(true),
    }
}

pub(super) fn is_shown(message: &message::Message) -> bool {
    visible(message) == Some(true)
}

/// What the sender called it: the inbox puts the conversation before that.
fn named(provider_id: String) -> Option<String> {
    let (_, client_id) = provider_id.split_once(':')?;
    Some(client_id.to_owned())
}

impl From<message::Message> for Message {
    fn from(message: message::Message) -> Self {
        let from = match message.author {
            Author::Customer => "visitor",
            Author::Bot => "bot",
            Author::Member(_) | Author::Program => "person",
            Author::System => "system",
        };
        let is_own = message.direction == Direction::Inbound;
        let text = message.content.words().map(str::to_owned);
        let (file, options) = match message.content {
            Content::Media(media) => {
                let file = File {
                    kind: media.kind.to_string(),
                    name: media.filename,
                    media_type: media.media_type,
                    bytes: media.bytes,
                    kept: media.refused.is_none(),
                };
                (Some(file), Vec::new())
            }
            Content::Interactive { options, .. } => {
                let options = options.into_iter().map(|choice| Choice {
                    id: choice.id,
                    title: choice.title,
                });
                (None, options.collect())
            }
            Content::Text { .. }
            | Content::Location { .. }
            | Content::Contacts { .. }
            | Content::Reaction { .. }
            | Content::Choice { .. }
            | Content::Story { .. }
            | Content::Template { .. }
            | Content::Unsupported { .. } => (None, Vec::new()),
        };
        Self {
            id: message.id.to_string(),
            seq: message.seq,
            from: from.to_owned(),
            text,
            file,
            options,
            client_id: message.provider_id.filter(|_| is_own).and_then(named),
            at: time(message.at),
        }
    }
}
