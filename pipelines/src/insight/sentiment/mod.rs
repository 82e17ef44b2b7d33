//! How a message is meant: VADER for English, a lexicon of our own for Arabic, emoji for every other language.
//!
//! Valences of words and emoji are summed and squeezed into −1 to 1 as VADER does, so that the three methods share one
//! scale. What must stay true: a language we have no words for is judged by its emoji alone and neutral without any; it
//! is never read as English.

mod arabic;
mod emoji;
mod english;
mod lexicon;

use serde::{Deserialize, Serialize};

use crate::knowledge::language;

/// VADER's bound of neutral (Hutto & Gilbert 2014).
const NEUTRAL: f32 = 0.05;

/// From here on a message is strong: "terrible service" is just below, "terrible service, I am angry" above.
const STRONG: f32 = 0.55;

/// VADER's α: the square of a sum that is clearly meant.
const ALPHA: f32 = 15.0;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Content.
    Positive,
    /// Neither.
    Neutral,
    /// Discontent.
    Negative,
}

impl Label {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
        }
    }
}

/// A message's label, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sentiment {
    /// The sign of the score, or neutral.
    pub label: Label,
    /// −1 to 1.
    pub score: f32,
    /// `vader`, `arabic-lexicon` or `emoji`.
    pub method: &'static str,
    /// Whether it is clearly meant, in either direction.
    pub strong: bool,
}

impl Sentiment {
    /// Whether a person should look at it.
    pub fn is_alarming(&self) -> bool {
        self.strong && self.label == Label::Negative
    }

    fn of(valence: f32, method: &'static str) -> Self {
        let score = squeeze(valence);
        let label = if score >= NEUTRAL {
            Label::Positive
        } else if score <= -NEUTRAL {
            Label::Negative
        } else {
            Label::Neutral
        };
        Self {
            label,
            score,
            method,
            strong: score.abs() >= STRONG,
        }
    }
}

/// How `text` is meant. `language` is the conversation's, for texts that don't show their own.
pub fn sentiment(text: &str, language: Option<&str>) -> Sentiment {
    let (words, emoji) = emoji::take(text);
    match language_of(&words, language) {
        Some("en") => Sentiment::of(english::valence(&words) + emoji, "vader"),
        Some("ar") => Sentiment::of(arabic::valence(&words) + emoji, "arabic-lexicon"),
        _ => Sentiment::of(emoji, "emoji"),
    }
}

/// The text's own language where it shows one. "Perfect!" shows none: then it is the conversation's if that is written
/// in Latin letters, else English.
fn language_of<'a>(words: &str, conversation: Option<&'a str>) -> Option<&'a str> {
    const OTHER_SCRIPTS: &[&str] = &["ar", "ru", "el", "he", "hi", "ta", "th", "zh", "ja", "ko"];
    if let Some(shown) = language::detect(words) {
        return Some(shown);
    }
    words.chars().find(|c| c.is_alphabetic())?;
    match conversation {
        Some(code) if !OTHER_SCRIPTS.contains(&code) => Some(code),
        _ => Some("en"),
    }
}

/// A sum of valences as a score.
fn squeeze(valence: f32) -> f32 {
    valence / valence.mul_add(valence, ALPHA).sqrt()
}

/// The sum of valences that makes `score`.
fn unsqueeze(score: f32) -> f32 {
    let score = score.clamp(-0.999, 0.999);
    score * (ALPHA / score.mul_add(-score, 1.0)).sqrt()
}

#[cfg(test)]
mod tests;
