//! How clearly a message asks for something. What isn't recognised is taken for a question, at the lowest.

use super::plain::Plain;
use crate::word_list;

pub(super) fn confidence(text: &str, plain: &Plain) -> f32 {
    if text.contains(['?', '؟']) {
        0.9
    } else if listed("begins").any(|word| plain.begins_with(&[word])) {
        0.85
    } else if listed("wish").any(|phrase| plain.has(&[phrase])) {
        0.75
    } else {
        0.4
    }
}

fn listed(list: &'static str) -> impl Iterator<Item = &'static str> {
    word_list::entries(include_str!("question.txt"))
        .filter(move |(name, _)| *name == list)
        .map(|(_, entry)| entry)
}
