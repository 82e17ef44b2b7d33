//! What is in a message, the same for every channel.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{UnknownName, job::names};

names! {
    /// What kind of file came with a message.
    MediaKind, "media kind":
    /// A picture.
    Image = "image",
    /// Sound, a voice note included.
    Audio = "audio",
    /// A film.
    Video = "video",
    /// Any other file.
    Document = "document",
    /// A sticker.
    Sticker = "sticker",
}

names! {
    /// What a template is for, as the provider sorts them.
    TemplateCategory, "template category":
    /// To sell: customers can stop these by themselves.
    Marketing = "marketing",
    /// About something the customer has bought or booked.
    Utility = "utility",
    /// A code to sign in with.
    Authentication = "authentication",
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// What kind.
    pub kind: MediaKind,
    /// How the provider calls it: an id to fetch it by, or a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_ref: Option<String>,
    /// Its MIME type, as the provider says or as it was found to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// What the customer wrote beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Bytes stored; absent until it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Why it was not stored, when it could not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What is in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// A file, perhaps with words.
    Media(Media),
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Where it is, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// Cards of an address book.
    Contacts {
        /// Name and telephone numbers of each.
        cards: Vec<Card>,
    },
    /// An emoji put on, or taken off, an earlier message.
    Reaction {
        /// The provider's id of that message.
        to: String,
        /// The emoji; none when it was taken off.
        emoji: Option<String>,
    },
    /// A button or an entry of a list was chosen.
    Choice {
        /// What the button stands for.
        id: String,
        /// What it says.
        title: String,
    },
    /// An answer to, or a mention in, a story.
    Story {
        /// The words, if any.
        text: String,
        /// Where the story is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// A message prepared with the provider, for use outside its window.
    Template {
        /// What it is called there.
        name: String,
        /// Its language, as the provider writes it.
        language: String,
        /// What is filled in, in order.
        #[serde(default)]
        parameters: Vec<String>,
        /// What it is for, where its sender has said that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<TemplateCategory>,
    },
    /// Words with buttons (up to three) or a list to choose from.
    Interactive {
        /// The words above.
        text: String,
        /// What may be chosen: id and title.
        options: Vec<Choice>,
        /// What opens the list; buttons when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list_button: Option<String>,
    },
    /// Something we have no words for. It is stored as received.
    Unsupported {
        /// What the provider calls it.
        name: String,
    },
}

/// One thing that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What it stands for.
    pub id: String,
    /// What it says.
    pub title: String,
}

/// A card of an address book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The name on it.
    pub name: String,
    /// Telephone numbers.
    pub phones: Vec<String>,
}

impl Choice {
    /// What the button stands for that asks for a person.
    pub const PERSON: &'static str = "wafaa:person";
}

impl Content {
    /// Plain words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The permanent name of the kind, for the API and the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Media(media) => media.kind.as_str(),
            Self::Location { .. } => "location",
            Self::Contacts { .. } => "contacts",
            Self::Reaction { .. } => "reaction",
            Self::Choice { .. } => "choice",
            Self::Story { .. } => "story",
            Self::Template { .. } => "template",
            Self::Interactive { .. } => "interactive",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// The size of the file that is kept with it, if one is.
    #[must_use]
    pub fn kept_bytes(&self) -> Option<u64> {
        let Self::Media(media) = self else {
            return None;
        };
        media.bytes.filter(|_| media.refused.is_none())
    }

    /// Whether who wants no marketing must not get it: so is a template of which nobody has said what it is for.
    #[must_use]
    pub const fn is_marketing(&self) -> bool {
        matches!(
            self,
            Self::Template {
                category: None | Some(TemplateCategory::Marketing),
                ..
            }
        )
    }

    /// Whether the customer waits for an answer to this. A reaction calls for none, and neither does a sticker or
    /// being mentioned in somebody's story: they nod.
    #[must_use]
    pub fn calls_for_answer(&self) -> bool {
        match self {
            Self::Text { .. }
            | Self::Location { .. }
            | Self::Contacts { .. }
            | Self::Choice { .. }
            | Self::Interactive { .. }
            | Self::Unsupported { .. } => true,
            Self::Media(media) => media.kind != MediaKind::Sticker,
            Self::Story { .. } => self.words().is_some(),
            Self::Reaction { .. } | Self::Template { .. } => false,
        }
    }

    /// The words a person reads, where there are any.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        let words = match self {
            Self::Text { text } | Self::Story { text, .. } | Self::Interactive { text, .. } => text,
            Self::Media(media) => media.caption.as_deref()?,
            Self::Choice { title, .. } => title,
            Self::Location { .. }
            | Self::Contacts { .. }
            | Self::Reaction { .. }
            | Self::Template { .. }
            | Self::Unsupported { .. } => return None,
        };
        (!words.trim().is_empty()).then_some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_marketing_unless_it_is_said_not_to_be() {
        let of = |category: &str| {
            let json =
                format!(r#"{{"type": "template", "name": "n", "language": "en"{category}}}"#);
            serde_json::from_str::<Content>(&json)
                .unwrap()
                .is_marketing()
        };
        assert!(of("") && of(r#", "category": "marketing""#));
        assert!(!of(r#", "category": "utility""#) && !of(r#", "category": "authentication""#));
        assert!(!Content::text("50 % off!").is_marketing());
    }

    #[test]
    fn who_nods_waits_for_no_answer() {
        let calls = |json: &str| {
            serde_json::from_str::<Content>(json)
                .unwrap()
                .calls_for_answer()
        };
        assert!(calls(r#"{"type": "text", "text": "?"}"#));
        assert!(
            calls(r#"{"type": "media", "kind": "image"}"#)
                && !calls(r#"{"type": "media", "kind": "sticker"}"#)
        );
        assert!(calls(r#"{"type": "story", "text": "open?"}"#));
        assert!(!calls(r#"{"type": "story", "text": ""}"#));
    }

    #[test]
    fn content_reads_back() {
        let media = Media {
            kind: MediaKind::Image,
            provider_ref: Some("1".into()),
            media_type: None,
            filename: None,
            caption: Some("this one".into()),
            bytes: None,
            refused: None,
        };
        for content in [
            Content::text("hello"),
            Content::Media(media),
            Content::Unsupported {
                name: "order".into(),
            },
        ] {
            let json = serde_json::to_string(&content).unwrap();
            assert_eq!(
                serde_json::from_str::<Content>(&json).unwrap(),
                content,
                "{json}"
            );
        }
    }
}
