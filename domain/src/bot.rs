//! How a tenant's bot presents itself and when it holds back.

use serde::{Deserialize, Serialize};

/// A tenant's settings for its bot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BotSettings {
    /// The name customers see.
    pub name: String,
    /// How it speaks, such as "warm and brief"; put before every generated answer.
    pub tone: String,
    /// The languages it answers in, as ISO 639-1 codes, the first one by default.
    pub languages: Vec<String>,
    /// The first message of a conversation.
    pub greeting: String,
    /// What else a generating model is told.
    pub instructions: String,
    /// Below this confidence, 0 to 1, the bot says that it doesn't have the information.
    pub confidence_threshold: f32,
    /// How long a burst of messages is gathered before it is answered, in milliseconds.
    pub merge_window_ms: u32,
    /// Words that hand the conversation to a person.
    pub handoff_keywords: Vec<String>,
}

impl Default for BotSettings {
    fn default() -> Self {
        Self {
            name: "Concierge".into(),
            tone: "friendly, brief and factual".into(),
            languages: vec!["en".into(), "ar".into()],
            greeting: "Hello! How can I help you?".into(),
            instructions: String::new(),
            confidence_threshold: 0.5,
            merge_window_ms: 2_000,
            handoff_keywords: Vec::new(),
        }
    }
}

/// A setting outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {problem}")]
pub struct InvalidBotSettings {
    /// The setting's name.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl BotSettings {
    /// Checks every bound.
    ///
    /// # Errors
    /// Names the first setting that is out of bounds.
    pub fn validate(&self) -> Result<(), InvalidBotSettings> {
        let check = |ok: bool, field, problem| {
            ok.then_some(())
                .ok_or(InvalidBotSettings { field, problem })
        };
        check(
            !self.name.trim().is_empty() && self.name.chars().count() <= 80,
            "name",
            "has 1 to 80 characters",
        )?;
        check(
            self.tone.chars().count() <= 500,
            "tone",
            "has at most 500 characters",
        )?;
        check(
            self.greeting.chars().count() <= 1_000,
            "greeting",
            "has at most 1,000 characters",
        )?;
        check(
            self.instructions.chars().count() <= 8_000,
            "instructions",
            "has at most 8,000 characters",
        )?;
        check(
            !self.languages.is_empty() && self.languages.iter().all(|code| code.len() == 2),
            "languages",
            "lists two-letter codes such as `en`",
        )?;
        check(
            (0.0..=1.0).contains(&self.confidence_threshold),
            "confidence_threshold",
            "lies between 0 and 1",
        )?;
        check(
            self.merge_window_ms <= 60_000,
            "merge_window_ms",
            "is at most 60,000",
        )
    }
}
