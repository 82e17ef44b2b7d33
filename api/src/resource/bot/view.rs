//! How the bot's settings are shown and changed.

use poem_openapi::{Enum, Object, types::MaybeUndefined};
use serde_json::Value;
use wafaa_domain::{self as domain, BotSettings, OpeningHours};

use crate::{
    error::{Error, Result},
    resource::{mirror::mirrored, rounded},
};

mirrored! {
    /// What is done about an intent.
    Action as "IntentAction" of domain::IntentAction:
    /// It is answered from the documents, as any question.
    Answer,
    /// The conversation goes to a person.
    Handoff,
    /// The tenant's own words are said.
    Reply,
}

/// Something the tenant wants recognised, by examples of what customers say.
#[derive(Object)]
#[oai(rename = "Intent")]
struct Intent {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 80))]
    name: String,
    /// Sentences that mean it.
    #[oai(validator(min_items = 1, max_items = 50))]
    examples: Vec<String>,
    action: Action,
    /// What is said, when the action is to reply.
    #[oai(validator(max_length = 2000))]
    reply: Option<String>,
}

/// When conversations go to a person.
#[derive(Object)]
#[oai(rename = "HandoffSettings")]
struct Handoff {
    /// Whether they do at all.
    enabled: bool,
    /// After this many answers in a row that the bot was not sure of.
    #[oai(validator(minimum(value = "1"), maximum(value = "10")))]
    low_confidence_after: u32,
    /// Whether a customer who is upset is enough.
    sentiment: bool,
    /// How long a customer may wait for a person before it is urgent, in minutes.
    #[oai(validator(minimum(value = "1"), maximum(value = "10080")))]
    sla_minutes: u32,
}

/// When conversations go to a person: what to change of it; the rest stays.
#[derive(Object)]
struct HandoffChange {
    enabled: Option<bool>,
    #[oai(validator(minimum(value = "1"), maximum(value = "10")))]
    low_confidence_after: Option<u32>,
    sentiment: Option<bool>,
    #[oai(validator(minimum(value = "1"), maximum(value = "10080")))]
    sla_minutes: Option<u32>,
}

/// The bot's settings.
#[derive(Object)]
#[oai(rename = "Bot")]
pub(super) struct Shown {
    /// The name customers see.
    name: String,
    /// How it speaks.
    tone: String,
    /// Two-letter codes of the languages it answers in, its own first.
    languages: Vec<String>,
    /// The first message of a conversation.
    greeting: String,
    /// What else a generating model is told.
    instructions: String,
    /// Below this confidence, 0 to 1, it says that it doesn't have the information.
    confidence_threshold: f64,
    /// How long a burst of messages is gathered before it is answered, in milliseconds.
    merge_window_ms: u32,
    /// Words that hand the conversation to a person.
    handoff_keywords: Vec<String>,
    /// Where the tenant is, as the IANA database calls it.
    timezone: String,
    /// When the tenant's people are there; always when null.
    hours: Option<Value>,
    /// What a customer who needs a person is told when nobody is there.
    out_of_hours_message: String,
    /// After so much silence the customer's next message begins a new conversation, in minutes.
    session_silence_minutes: u32,
    handoff: Handoff,
    /// Whether customers are asked how it was when a conversation is resolved.
    csat: bool,
    intents: Vec<Intent>,
    /// After this many days messages are forgotten; never when null.
    retention_days: Option<u32>,
    /// Whether the golden questions are tried whenever the documents have changed.
    evaluate_on_change: bool,
    /// Counts the changes.
    version: i32,
}

/// Settings to change; the others stay.
#[derive(Object)]
pub(super) struct BotChange {
    #[oai(validator(min_length = 1, max_length = 80))]
    name: Option<String>,
    #[oai(validator(max_length = 500))]
    tone: Option<String>,
    #[oai(validator(min_items = 1, max_items = 20))]
    languages: Option<Vec<String>>,
    #[oai(validator(max_length = 1000))]
    greeting: Option<String>,
    #[oai(validator(max_length = 8000))]
    instructions: Option<String>,
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    confidence_threshold: Option<f64>,
    #[oai(validator(maximum(value = "60000")))]
    merge_window_ms: Option<u32>,
    #[oai(validator(max_items = 100))]
    handoff_keywords: Option<Vec<String>>,
    #[oai(validator(min_length = 1, max_length = 64))]
    timezone: Option<String>,
    /// `{"timezone": "Asia/Riyadh", "week": {"mon": [["09:00", "23:00"]]}, "exceptions": {"2026-12-25": []}}`; null:
    /// always open.
    hours: MaybeUndefined<Value>,
    #[oai(validator(max_length = 1000))]
    out_of_hours_message: Option<String>,
    #[oai(validator(minimum(value = "1"), maximum(value = "525600")))]
    session_silence_minutes: Option<u32>,
    handoff: Option<HandoffChange>,
    csat: Option<bool>,
    #[oai(validator(max_items = 50))]
    intents: Option<Vec<Intent>>,
    /// Null: for ever.
    #[oai(validator(minimum(value = "1"), maximum(value = "3650")))]
    retention_days: MaybeUndefined<u32>,
    evaluate_on_change: Option<bool>,
}

impl BotChange {
    /// The settings as they are to be.
    pub(super) fn over(self, before: BotSettings) -> Result<BotSettings> {
        let hours = match self.hours {
            MaybeUndefined::Undefined => before.hours,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(written) => Some(
                serde_json::from_value::<OpeningHours>(written)
                    .map_err(|error| Error::field("hours", error))?,
            ),
        };
        let retention_days = match self.retention_days {
            MaybeUndefined::Undefined => before.retention_days,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(days) => Some(days),
        };
        let handoff = self.handoff.map(|change| change.over(&before.handoff));
        let intents = self
            .intents
            .map(|intents| intents.into_iter().map(Into::into).collect());
        Ok(BotSettings {
            name: self.name.unwrap_or(before.name),
            tone: self.tone.unwrap_or(before.tone),
            languages: self.languages.unwrap_or(before.languages),
            greeting: self.greeting.unwrap_or(before.greeting),
            instructions: self.instructions.unwrap_or(before.instructions),
            confidence_threshold: self
                .confidence_threshold
                .map_or(before.confidence_threshold, |it| it as f32),
            merge_window_ms: self.merge_window_ms.unwrap_or(before.merge_window_ms),
            handoff_keywords: self.handoff_keywords.unwrap_or(before.handoff_keywords),
            timezone: self.timezone.unwrap_or(before.timezone),
            hours,
            out_of_hours_message: self
                .out_of_hours_message
                .unwrap_or(before.out_of_hours_message),
            session_silence_minutes: self
                .session_silence_minutes
                .unwrap_or(before.session_silence_minutes),
            handoff: handoff.unwrap_or(before.handoff),
            csat: self.csat.unwrap_or(before.csat),
            intents: intents.unwrap_or(before.intents),
            retention_days,
            evaluate_on_change: self.evaluate_on_change.unwrap_or(before.evaluate_on_change),
        })
    }
}

impl HandoffChange {
    fn over(self, before: &domain::HandoffSettings) -> domain::HandoffSettings {
        domain::HandoffSettings {
            enabled: self.enabled.unwrap_or(before.enabled),
            low_confidence_after: self
                .low_confidence_after
                .unwrap_or(before.low_confidence_after),
            sentiment: self.sentiment.unwrap_or(before.sentiment),
            sla_minutes: self.sla_minutes.unwrap_or(before.sla_minutes),
        }
    }
}

impl From<Intent> for domain::IntentRule {
    fn from(intent: Intent) -> Self {
        Self {
            name: intent.name,
            examples: intent.examples,
            action: intent.action.into(),
            reply: intent.reply.unwrap_or_default(),
        }
    }
}

impl From<domain::IntentRule> for Intent {
    fn from(rule: domain::IntentRule) -> Self {
        Self {
            name: rule.name,
            examples: rule.examples,
            action: rule.action.into(),
            reply: Some(rule.reply).filter(|reply| !reply.is_empty()),
        }
    }
}

impl Shown {
    pub(super) fn of(settings: BotSettings, version: i32) -> Self {
        Self {
            name: settings.name,
            tone: settings.tone,
            languages: settings.languages,
            greeting: settings.greeting,
            instructions: settings.instructions,
            confidence_threshold: rounded(settings.confidence_threshold),
            merge_window_ms: settings.merge_window_ms,
            handoff_keywords: settings.handoff_keywords,
            timezone: settings.timezone,
            hours: settings
                .hours
                .and_then(|hours| serde_json::to_value(hours).ok()),
            out_of_hours_message: settings.out_of_hours_message,
            session_silence_minutes: settings.session_silence_minutes,
            handoff: Handoff {
                enabled: settings.handoff.enabled,
                low_confidence_after: settings.handoff.low_confidence_after,
                sentiment: settings.handoff.sentiment,
                sla_minutes: settings.handoff.sla_minutes,
            },
            csat: settings.csat,
            intents: settings.intents.into_iter().map(Intent::from).collect(),
            retention_days: settings.retention_days,
            evaluate_on_change: settings.evaluate_on_change,
            version,
        }
    }
}
