//! What a provider allows: how long a text may be, when it may be sent, and how fast.

use std::time::Duration;

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

    /// The text, or its beginning and an ellipsis; and whether something was cut off.
    pub(crate) fn shorten(&self, text: &str) -> (String, bool) {
        text::shorten(text, self.text, self.unit)
    }
}

/// A day, as Meta's window for free text.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
