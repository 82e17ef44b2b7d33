//! How a tenant's bot presents itself and when it holds back.

use std::{collections::HashSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{OpeningHours, UnknownName, job::names};

/// A tenant's settings for its bot. A setting that a stored row doesn't have yet is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Where the tenant is, as the IANA database calls it; dates and opening hours are meant there.
    pub timezone: String,
    /// When the tenant's people are there; always when absent. What is in it is checked where it is read.
    pub hours: Option<OpeningHours>,
    /// What a customer who needs a person is told when nobody is there.
    pub out_of_hours_message: String,
    /// After this long without a word the customer's next message begins a new conversation, in minutes.
    pub session_silence_minutes: u32,
    /// When conversations go to a person.
    pub handoff: HandoffSettings,
    /// Whether customers are asked how it was when a conversation is resolved.
    pub csat: bool,
    /// What the tenant wants recognised beside what every bot does.
    pub intents: Vec<IntentRule>,
    /// After this many days messages are forgotten; never when absent.
    pub retention_days: Option<u32>,
    /// Whether the golden questions are tried whenever the documents that answer have changed.
    pub evaluate_on_change: bool,
}

/// When conversations go to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandoffSettings {
    /// Whether they do at all.
    pub enabled: bool,
    /// After this many answers in a row that the bot was not sure of.
    pub low_confidence_after: u32,
    /// Whether a customer who is upset is enough.
    pub sentiment: bool,
    /// How long a customer may wait for a person before it is urgent, in minutes.
    pub sla_minutes: u32,
}

/// Something the tenant wants recognised, by examples of what customers say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentRule {
    /// What it is called.
    pub name: String,
    /// Sentences that mean it.
    pub examples: Vec<String>,
    /// What is done about it.
    pub action: IntentAction,
    /// What is said, when the action is to reply.
    #[serde(default)]
    pub reply: String,
}

names! {
    /// What is done about an intent.
    IntentAction, "intent action":
    /// It is answered from the documents, as any question.
    Answer = "answer",
    /// The conversation goes to a person.
    Handoff = "handoff",
    /// The tenant's own words are said.
    Reply = "reply",
}

impl Default for HandoffSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            low_confidence_after: 2,
            sentiment: true,
            sla_minutes: 15,
        }
    }
}

impl Default for BotSettings {
    fn default() -> Self {
        Self {
            name: "Concierge".into(),
            tone: "friendly, brief and factual".into(),
            languages: vec!["en".into(), "ar".into()],
            greeting: "Hello! How can I help you?".into(),
            instructions: String::new(),
            confidence_threshold: 0.4,
            merge_window_ms: 2_000,
            handoff_keywords: Vec::new(),
            timezone: "UTC".into(),
            hours: None,
            out_of_hours_message:
                "We are closed at the moment. Leave a message and we will get back to you.".into(),
            session_silence_minutes: 1_440,
            handoff: HandoffSettings::default(),
            csat: false,
            intents: Vec::new(),
            retention_days: None,
            evaluate_on_change: false,
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
        )?;
        self.validate_conversation()?;
        self.validate_intents()
    }

    fn validate_conversation(&self) -> Result<(), InvalidBotSettings> {
        check(
            !self.timezone.is_empty() && self.timezone.len() <= 64,
            "timezone",
            "is a name such as `Asia/Dubai`",
        )?;
        check(
            self.out_of_hours_message.chars().count() <= 1_000,
            "out_of_hours_message",
            "has at most 1,000 characters",
        )?;
        check(
            (1..=525_600).contains(&self.session_silence_minutes),
            "session_silence_minutes",
            "lies between 1 and 525,600",
        )?;
        check(
            (1..=10).contains(&self.handoff.low_confidence_after),
            "handoff.low_confidence_after",
            "lies between 1 and 10",
        )?;
        check(
            (1..=10_080).contains(&self.handoff.sla_minutes),
            "handoff.sla_minutes",
            "lies between 1 and 10,080",
        )?;
        check(
            self.retention_days
                .is_none_or(|days| (1..=3_650).contains(&days)),
            "retention_days",
            "lies between 1 and 3,650",
        )
    }

    fn validate_intents(&self) -> Result<(), InvalidBotSettings> {
        check(
            self.intents.len() <= 50,
            "intents",
            "has at most 50 entries",
        )?;
        let mut names = HashSet::new();
        for intent in &self.intents {
            let name = intent.name.trim();
            check(
                !name.is_empty() && name.chars().count() <= 80 && names.insert(name),
                "intents.name",
                "has 1 to 80 characters, and no other intent has it",
            )?;
            let sentence = |text: &String| !text.trim().is_empty() && text.chars().count() <= 300;
            check(
                (1..=50).contains(&intent.examples.len()) && intent.examples.iter().all(sentence),
                "intents.examples",
                "has 1 to 50 sentences of at most 300 characters",
            )?;
            let said = intent.action != IntentAction::Reply || !intent.reply.trim().is_empty();
            check(
                said && intent.reply.chars().count() <= 2_000,
                "intents.reply",
                "has at most 2,000 characters, and at least one when the action is to reply",
            )?;
        }
        Ok(())
    }
}

fn check(ok: bool, field: &'static str, problem: &'static str) -> Result<(), InvalidBotSettings> {
    ok.then_some(())
        .ok_or(InvalidBotSettings { field, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> IntentRule {
        IntentRule {
            name: "allergens".into(),
            examples: vec!["Is there nut in it?".into()],
            action: IntentAction::Reply,
            reply: "Please ask our kitchen.".into(),
        }
    }

    #[test]
    fn settings_of_before_still_read() {
        let before = r#"{"name": "Falafel", "tone": "", "languages": ["ar"], "greeting": "", "instructions": "",
            "confidence_threshold": 0.4, "merge_window_ms": 10, "handoff_keywords": ["manager"]}"#;
        let read: BotSettings = serde_json::from_str(before).unwrap();
        assert_eq!(
            (read.name.as_str(), read.session_silence_minutes),
            ("Falafel", 1_440)
        );
        assert_eq!(read.handoff, HandoffSettings::default());
        read.validate().unwrap();
        let partly: BotSettings =
            serde_json::from_str(r#"{"handoff": {"sla_minutes": 5}}"#).unwrap();
        assert!(partly.handoff.enabled && partly.handoff.sla_minutes == 5);
    }

    #[test]
    fn each_bound_is_named() {
        let refused = |change: fn(&mut BotSettings)| {
            let mut settings = BotSettings {
                intents: vec![rule()],
                ..BotSettings::default()
            };
            settings.validate().unwrap();
            change(&mut settings);
            settings.validate().unwrap_err().field
        };
        assert_eq!(refused(|s| s.timezone.clear()), "timezone");
        assert_eq!(
            refused(|s| s.session_silence_minutes = 0),
            "session_silence_minutes"
        );
        assert_eq!(
            refused(|s| s.handoff.sla_minutes = 0),
            "handoff.sla_minutes"
        );
        assert_eq!(
            refused(|s| s.handoff.low_confidence_after = 11),
            "handoff.low_confidence_after"
        );
        assert_eq!(refused(|s| s.retention_days = Some(0)), "retention_days");
        assert_eq!(
            refused(|s| s.out_of_hours_message = "x".repeat(1_001)),
            "out_of_hours_message"
        );
        assert_eq!(refused(|s| s.intents.push(rule())), "intents.name");
        assert_eq!(
            refused(|s| s.intents[0].examples.clear()),
            "intents.examples"
        );
        assert_eq!(refused(|s| s.intents[0].reply.clear()), "intents.reply");
    }
}
