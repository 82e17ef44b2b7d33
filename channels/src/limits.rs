//! What a provider allows: how long a text may be, when it may be sent, and how fast.

use std::time::Duration;

use wafaa_domain::{Choice, Content};

use crate::text;

/// What a provider allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in `unit`s.
    pub text: usize,
    /// What the provider counts.
    pub unit: Unit,
    /// How long after the customer's last message free text may be sent; always, when absent.
    pub window: Option<Duration>,
    /// The same for what a person wrote ([`crate::Tag::HumanAgent`]).
    pub tagged_window: Option<Duration>,
    /// The most buttons of one message; more choices become a list.
    pub buttons: usize,
    /// Whether there are lists to choose from; without, they are numbered lines.
    pub lists: bool,
    /// Whether words can go along with a file.
    pub captions: bool,
    /// The largest file that customers can send, in bytes.
    pub media: u64,
    /// How fast one account may send.
    pub per_account: Option<Pace>,
    /// How fast one customer may be written to.
    pub per_recipient: Option<Pace>,
}

/// What a provider counts when it measures a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Unicode characters.
    Chars,
    /// Bytes of UTF-8.
    Bytes,
    /// Code units of UTF-16.
    Utf16,
}

impl Unit {
    /// How many of them a character is.
    #[must_use]
    pub const fn of(self, character: char) -> usize {
        match self {
            Self::Chars => 1,
            Self::Bytes => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
        }
    }
}

/// A rate: one message every so often, and some at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time that one message costs.
    pub every: Duration,
    /// How many may go out at once.
    pub burst: u32,
}

impl Limits {
    /// Whether the provider takes this text as it is.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        text::measure(text, self.unit) <= self.text
    }

    /// The text in parts that each fit, cut between paragraphs, sentences or words. Each part is to be a message of
    /// its own, with a status of its own.
    #[must_use]
    pub fn parts(&self, text: &str) -> Vec<String> {
        text::parts(text, self.text, self.unit)
    }

    /// Whether the customer is shown numbers to choose by, as the channel can't show what is to be chosen otherwise.
    #[must_use]
    pub fn numbers(&self, content: &Content) -> bool {
        let Content::Interactive {
            options,
            list_button,
            ..
        } = content
        else {
            return false;
        };
        !self.lists && (list_button.is_some() || options.len() > self.buttons)
    }

    /// The text and below it the choices, a number before each. Of what is too long the text is cut.
    pub(crate) fn numbered(&self, text: &str, options: &[Choice]) -> (String, bool) {
        let lines: String = options
            .iter()
            .zip(1..)
            .map(|(option, number)| format!("\n{number}. {}", option.title))
            .collect();
        let room = self
            .text
            .saturating_sub(text::measure(&lines, self.unit) + 1);
        let (text, cut) = text::shorten(text, room, self.unit);
        (format!("{text}\n{lines}"), cut)
    }

    /// The text, or its beginning and an ellipsis; and whether something was cut off.
    pub(crate) fn shorten(&self, text: &str) -> (String, bool) {
        text::shorten(text, self.text, self.unit)
    }
}

/// A day, as Meta's window for free text.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Seven days, as Meta's window for what a person writes.
pub(crate) const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_too_long_the_choices_stay() {
        let limits = Limits {
            text: 40,
            unit: Unit::Bytes,
            window: None,
            tagged_window: None,
            buttons: 2,
            lists: false,
            captions: false,
            media: 0,
            per_account: None,
            per_recipient: None,
        };
        let options = ["بيروت", "Paris"].map(|title| Choice {
            id: title.to_lowercase(),
            title: title.into(),
        });
        let (text, cut) = limits.numbered("Where to?", &options);
        assert_eq!(
            (text.as_str(), cut),
            ("Where to?\n\n1. بيروت\n2. Paris", false)
        );
        let (text, cut) = limits.numbered("Where would you like to go?", &options);
        assert!(cut && limits.fits(&text), "{text}");
        assert!(text.ends_with("…\n\n1. بيروت\n2. Paris"), "{text}");
        let ask = |list_button: Option<&str>, options: &[Choice]| Content::Interactive {
            text: "Where to?".into(),
            options: options.to_vec(),
            list_button: list_button.map(str::to_owned),
        };
        assert!(!limits.numbers(&ask(None, &options)));
        assert!(limits.numbers(&ask(Some("Cities"), &options)));
        let more = [options.clone(), options].concat();
        assert!(limits.numbers(&ask(None, &more)));
        let with_lists = Limits {
            lists: true,
            ..limits
        };
        assert!(!with_lists.numbers(&ask(None, &more)));
    }
}
