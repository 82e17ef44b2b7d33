//! A message that asks several things, taken apart and its answers put together.
//!
//! "Where are you and when do you open?" has two answers, usually in two passages, and each alone is found better than
//! both at once. What must stay true: a part that can't stand by itself, not even with its "it" named, is not cut off; then
//! the message is one question.

use std::borrow::Cow;

use super::{Answer, EXTRACTIVE};
use crate::{
    conversation::context::{Author, Turn, standalone},
    knowledge::{analyse::Query, sentence},
    llm::Usage,
};

/// The most parts; a longer list of questions is answered as one.
const MOST: usize = 4;

/// What joins two questions, with the spaces around it.
const JOINS: &[&str] = &[" and ", " und ", " y ", " et ", ", "];

/// The words that a question of its own begins with, in lower case.
const OPENERS: &[&str] = &[
    "how", "what", "when", "where", "which", "who", "why", "do", "does", "can", "could", "is",
    "are", "will", "wie", "was", "wann", "wo", "welche", "welcher", "wer", "warum", "kann", "gibt",
    "haben", "cómo", "qué", "cuándo", "dónde", "cuánto", "cuál", "quién", "comment", "quand", "où",
    "quel", "quelle", "combien", "qui", "كم", "متى", "أين", "اين", "هل", "كيف", "ما", "ماذا", "من",
];

/// Words that lean on what was said before.
const LEANING: &[&str] = &[
    "it",
    "its",
    "they",
    "them",
    "their",
    "that",
    "this",
    "these",
    "those",
    "one",
    "es",
    "sie",
    "ihn",
    "davon",
    "lo",
    "ellos",
    "il",
    "elle",
    "ils",
    "elles",
    "en",
    "ذلك",
    "هذا",
    "هذه",
    "منها",
    "منه",
    "سعرها",
    "سعره",
];

/// Words that lean on what was said before, or say "there is".
const MAYBE_LEANING: &[&str] = &["فيه", "فيها"];

/// The questions in `message`, each standing for itself; one where it can't be told that there are more.
pub(super) fn split(message: &str) -> Vec<Cow<'_, str>> {
    let mut parts: Vec<&str> = Vec::new();
    for range in sentence::ranges(message) {
        parts.extend(joined(&message[range]));
    }
    let asks = |part: &&str| part.ends_with(['?', '؟']) || opens(part);
    if !(2..=MOST).contains(&parts.len()) || !parts.iter().all(|part| asks(part)) {
        return vec![message.into()];
    }
    let mut whole: Vec<Cow<'_, str>> = Vec::with_capacity(parts.len());
    for part in parts {
        match standing(part, &whole) {
            Some(part) => whole.push(part),
            None => return vec![message.into()],
        }
    }
    whole
}

/// The part as it is, or with what it leaves to those before it; `None` where it can't stand.
fn standing<'a>(part: &'a str, before: &[Cow<'_, str>]) -> Option<Cow<'a, str>> {
    if stands(part) && !has(part, MAYBE_LEANING) {
        return Some(part.into());
    }
    let turn = |part: &Cow<'_, str>| Turn {
        author: Author::Customer,
        text: part.to_string(),
        cited: Vec::new(),
    };
    let before: Vec<Turn> = before.iter().map(turn).collect();
    Some(standalone(part, &before)).filter(|part| stands(part))
}

fn stands(part: &str) -> bool {
    let query = Query::new(part);
    let has_content = query.words.iter().any(|word| !word.is_generic);
    has_content && !has(part, LEANING)
}

fn has(part: &str, list: &[&str]) -> bool {
    let mut words = part.split(|c: char| !c.is_alphanumeric());
    words.any(|word| list.contains(&word.to_lowercase().as_str()))
}

/// The parts of one sentence: cut where a join is followed by the beginning of a question.
fn joined(sentence: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    'again: loop {
        let spaces = rest.match_indices([' ', ',']).map(|(at, _)| at);
        for at in spaces {
            if let Some(next) = join_at(&rest[at..]) {
                parts.push(rest[..at].trim());
                rest = &rest[at + next..];
                continue 'again;
            }
        }
        parts.push(rest.trim());
        return parts;
    }
}

/// Where the next question begins after a join at the beginning of `rest`. The Arabic "and" is written onto it.
fn join_at(rest: &str) -> Option<usize> {
    let joins = JOINS.iter().copied().chain([" و"]);
    joins
        .filter(|join| rest.starts_with(join) && opens(&rest[join.len()..]))
        .map(str::len)
        .next()
}

fn opens(text: &str) -> bool {
    let first = text
        .trim_start()
        .split(|c: char| !c.is_alphanumeric())
        .next();
    first.is_some_and(|first| OPENERS.contains(&first.to_lowercase().as_str()))
}

/// The answers to `parts`, in their order, as one: with the markers counted through.
pub(super) fn together(parts: &[Cow<'_, str>], answers: Vec<Answer>) -> Answer {
    let mut whole = Answer {
        answer: String::new(),
        answered: false,
        confidence: 0.0,
        citations: Vec::new(),
        model: EXTRACTIVE.to_owned(),
        usage: Usage::default(),
    };
    let answered = |answer: &&Answer| answer.answered;
    let best = answers
        .iter()
        .map(|answer| answer.confidence)
        .fold(0.0, f32::max);
    let confidence = answers
        .iter()
        .filter(answered)
        .map(|answer| answer.confidence);
    whole.confidence = confidence.reduce(f32::min).unwrap_or(best);
    if !answers.iter().any(|answer| answer.answered) {
        whole.answer = answers
            .into_iter()
            .next()
            .map_or_else(String::new, |first| first.answer);
        return whole;
    }
    let mut said: Vec<String> = Vec::new();
    for (part, answer) in parts.iter().zip(answers) {
        // Rows that answer both.
        if answer.answered && said.contains(&answer.answer) {
            continue;
        }
        if !whole.answer.is_empty() {
            whole.answer.push_str("\n\n");
        }
        if answer.answered {
            said.push(answer.answer.clone());
            whole.answered = true;
            let text = renumbered(
                &answer.answer,
                answer.citations.len(),
                whole.citations.len(),
            );
            whole.answer.push_str(&text);
            whole.citations.extend(answer.citations);
        } else {
            whole
                .answer
                .push_str(&format!("{part} — {}", answer.answer));
        }
    }
    whole
}

/// A text whose markers `[1]` to `[count]` are counted from `offset` on.
fn renumbered(text: &str, count: usize, offset: usize) -> String {
    let mut text = text.to_owned();
    for number in (1..=count).rev() {
        text = text.replace(&format!("[{number}]"), &format!("[{}]", number + offset));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_cut_where_another_begins() {
        for (message, parts) in [
            (
                "Where are you and when do you open?",
                &["Where are you", "when do you open?"][..],
            ),
            (
                "Do you deliver? How much is the lentil soup?",
                &["Do you deliver?", "How much is the lentil soup?"],
            ),
            (
                "Wo ist der Parkplatz und wann öffnet das Lokal?",
                &["Wo ist der Parkplatz", "wann öffnet das Lokal?"],
            ),
            (
                "هل لديكم توصيل وكم سعر شوربة العدس؟",
                &["هل لديكم توصيل", "كم سعر شوربة العدس؟"],
            ),
            (
                "Do you have falafel and how much is it?",
                &["Do you have falafel", "how much is falafel?"],
            ),
            (
                "How much is the fattoush and does it contain gluten?",
                &["How much is the fattoush", "does fattoush contain gluten?"],
            ),
            (
                "كم سعر الفتوش وهل فيه غلوتين؟",
                &["كم سعر الفتوش", "هل في الفتوش غلوتين؟"],
            ),
            (
                "هل لديكم توصيل وهل فيه مواقف؟",
                &["هل لديكم توصيل", "هل فيه مواقف؟"],
            ),
        ] {
            assert_eq!(split(message), parts);
        }
    }

    #[test]
    fn what_leans_on_the_rest_is_not_cut_off() {
        for message in [
            "Is the soup vegan and gluten-free?",
            "I was there yesterday. Do you have parking?",
            "What salads and soups do you have?",
            "Hello, do you deliver?",
        ] {
            assert_eq!(split(message), [message]);
        }
    }

    #[test]
    fn answers_are_put_together_with_their_markers_counted_through() {
        let answer = |text: &str, answered| Answer {
            answer: text.to_owned(),
            answered,
            confidence: 0.8,
            citations: Vec::new(),
            model: EXTRACTIVE.to_owned(),
            usage: Usage::default(),
        };
        let parts = ["Where are you".into(), "Do you sell cars?".into()];
        let whole = together(
            &parts,
            vec![answer("In Olaya.", true), answer("I don't know.", false)],
        );
        assert_eq!(
            whole.answer,
            "In Olaya.\n\nDo you sell cars? — I don't know."
        );
        assert!(whole.answered);
        let same = together(&parts, vec![answer("Both.", true), answer("Both.", true)]);
        assert_eq!(same.answer, "Both.");
        let none = together(&parts, vec![answer("No.", false), answer("No.", false)]);
        assert_eq!((none.answer.as_str(), none.answered), ("No.", false));
        assert_eq!(renumbered("a [1] b [2]", 2, 1), "a [2] b [3]");
    }
}
