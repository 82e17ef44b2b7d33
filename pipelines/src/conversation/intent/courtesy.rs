//! Hello, thanks, goodbye and "ok": messages of nothing but courtesies, and the greeting before something else.

use std::{collections::HashMap, sync::LazyLock};

use super::{Intent, plain::Plain};
use crate::{
    insight::sentiment::{Label, sentiment},
    word_list,
};

/// The most words of a phrase.
const PHRASE: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Greeting,
    Thanks,
    Goodbye,
    Acknowledgement,
    /// Goes with a courtesy and means nothing by itself.
    Filler,
}

static KINDS: LazyLock<HashMap<&'static str, Kind>> = LazyLock::new(|| {
    let mut kinds = HashMap::new();
    for (name, phrase) in word_list::entries(include_str!("courtesy.txt")) {
        let kind = match name {
            "greeting" => Kind::Greeting,
            "thanks" => Kind::Thanks,
            "goodbye" => Kind::Goodbye,
            "acknowledgement" => Kind::Acknowledgement,
            _ => Kind::Filler,
        };
        // Of two meanings the one nearer to the file's beginning counts.
        kinds.entry(phrase).or_insert(kind);
    }
    kinds
});

/// The courtesies of a message.
pub(super) struct Courtesy {
    /// Whether it says hello.
    pub(super) greeted: bool,
    /// What it is for, where it is nothing else.
    pub(super) intent: Option<(Intent, f32)>,
}

pub(super) fn read(text: &str, plain: &Plain) -> Courtesy {
    let (kinds, is_all) = split(&plain.words);
    let has = |kind| kinds.contains(&kind);
    let greeted = kinds.first() == Some(&Kind::Greeting);
    let is_thanks_for = matches!(kinds.first(), Some(Kind::Thanks)) && is_thanks_for(plain);
    let asks = text.contains(['?', '؟']);
    let intent = if text.trim_start().starts_with("/start") {
        // Telegram sends this for the customer, who opens the chat.
        Some((Intent::Greeting, 0.95))
    } else if plain.words.is_empty() {
        is_nod(text).then_some((Intent::Acknowledgement, 0.8))
    } else if is_thanks_for {
        Some((Intent::Thanks, 0.85))
    } else if !is_all {
        None
    } else if has(Kind::Goodbye) {
        Some((Intent::Goodbye, 0.95))
    } else if has(Kind::Thanks) && !plain.has(&["no thanks", "no thank you", "لا شكرا"]) {
        Some((Intent::Thanks, 0.95))
    } else if has(Kind::Greeting) {
        Some((Intent::Greeting, 0.95))
    } else if has(Kind::Acknowledgement) && !asks {
        Some((Intent::Acknowledgement, 0.9))
    } else {
        None
    };
    Courtesy { greeted, intent }
}

/// Nothing but marks or emoji, none of which asks or complains.
fn is_nod(text: &str) -> bool {
    !text.trim().is_empty()
        && !text.contains(['?', '؟'])
        && sentiment(text, None).label != Label::Negative
}

/// "Thanks for …" is thanks whatever for, if it says nothing after it.
fn is_thanks_for(plain: &Plain) -> bool {
    const LONGEST: usize = 12;
    plain.words.len() <= LONGEST
        && plain.has(&["for", "علي"])
        && !plain.has(&[
            "nothing", "but", "can", "could", "how", "what", "when", "is there", "do you", "لكن",
            "بس", "كم", "متي", "هل",
        ])
}

/// The kinds of the courtesies in `words`, without fillers, and whether they are all there is.
fn split(words: &[String]) -> (Vec<Kind>, bool) {
    let mut kinds = Vec::new();
    let mut is_all = !words.is_empty();
    let mut at = 0;
    while at < words.len() {
        match longest(&words[at..]) {
            Some((length, kind)) => {
                if kind != Kind::Filler {
                    kinds.push(kind);
                }
                at += length;
            }
            None => {
                is_all = false;
                at += 1;
            }
        }
    }
    (kinds, is_all)
}

fn longest(words: &[String]) -> Option<(usize, Kind)> {
    (1..=PHRASE.min(words.len())).rev().find_map(|length| {
        let phrase = words[..length].join(" ");
        Some((length, *KINDS.get(phrase.as_str())?))
    })
}
