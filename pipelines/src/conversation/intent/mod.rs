//! What a customer wants with a message: to ask, to complain, a person, or just to be polite.
//!
//! Rules in English and Arabic with its dialects, and for what must never be missed (a person, an opt-out) in German,
//! Spanish and French too; then the tenant's own intents, by their example sentences. What must stay true: wanting a
//! person or no more messages is read only where it is clearly said ("stop by tomorrow?" is neither), and everything
//! unrecognised is a question, so that nobody goes unanswered.

mod complaint;
mod courtesy;
mod example;
mod nearest;
mod opt;
mod person;
mod plain;
mod question;

use serde::{Deserialize, Serialize};

pub use example::Examples;
pub use nearest::nearest;
use plain::Plain;

/// What a message is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Nothing but hello.
    Greeting,
    /// Something to be answered.
    Question,
    /// Something went wrong.
    Complaint,
    /// A person instead of the bot.
    Person,
    /// Nothing but thanks.
    Thanks,
    /// A farewell.
    Goodbye,
    /// No more messages.
    OptOut,
    /// Messages again.
    OptIn,
    /// "ok", "yes", 👍: nothing to answer by itself.
    Acknowledgement,
    /// One that the tenant defined, by its name.
    Custom(String),
}

impl Intent {
    /// Its name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Greeting => "greeting",
            Self::Question => "question",
            Self::Complaint => "complaint",
            Self::Person => "person",
            Self::Thanks => "thanks",
            Self::Goodbye => "goodbye",
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Acknowledgement => "acknowledgement",
            Self::Custom(name) => name,
        }
    }
}

/// A message as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it is for.
    pub intent: Intent,
    /// How clearly it says so, 0 to 1.
    pub confidence: f32,
    /// Whether it says hello besides.
    pub greeted: bool,
}

/// Reads a message by rules.
pub fn read(text: &str) -> Reading {
    let plain = Plain::new(text);
    let polite = courtesy::read(text, &plain);
    let (intent, confidence) = (!text.trim_start().starts_with('/'))
        .then(|| opt::read(&plain))
        .flatten()
        .or_else(|| person::read(&plain))
        .or_else(|| polite.intent.clone())
        .or_else(|| complaint::read(text, &plain))
        .unwrap_or_else(|| (Intent::Question, question::confidence(text, &plain)));
    Reading {
        greeted: polite.greeted && intent != Intent::Greeting,
        intent,
        confidence,
    }
}

impl Reading {
    /// The reading with the tenant's intent that [`nearest`] found, by name and confidence, if it has one.
    ///
    /// A tenant's examples say more than the words that make a question or a courtesy; they don't outweigh that
    /// somebody complains, wants a person or no more messages.
    #[must_use]
    pub fn or_custom(self, found: Option<(String, f32)>) -> Self {
        match (self.intent, found) {
            (
                Intent::Question
                | Intent::Greeting
                | Intent::Thanks
                | Intent::Goodbye
                | Intent::Acknowledgement,
                Some((name, confidence)),
            ) => Self {
                intent: Intent::Custom(name),
                confidence,
                greeted: self.greeted,
            },
            (intent, _) => Self { intent, ..self },
        }
    }
}

#[cfg(test)]
mod tests;
