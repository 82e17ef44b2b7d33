//! The question that a customer means, said so that it stands for itself.
//!
//! "And on Fridays?" after "What time do you open?" becomes "What time do you open on Fridays?", and "how much is it?"
//! names what was talked of. What must stay true: a question that stands for itself stays verbatim, since a word too many
//! loses the answer as surely as one too few. Rules over word lists in English and Arabic; German, Spanish and French only
//! have their lead-ins. Deliberately absent: a model.

mod anaphor;
mod fragment;
mod recent;
mod token;
mod word_list;

use std::borrow::Cow;

use super::intent::{self, Intent};
use crate::knowledge::language as languages;

pub(crate) use recent::recent;
use token::{Sentence, head_of};
pub(crate) use word_list::is_ingredient;

/// Who wrote a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The customer.
    Customer,
    /// The bot.
    Bot,
    /// One of the tenant's people.
    Person,
}

/// A message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who wrote it.
    pub author: Author,
    /// Its text.
    pub text: String,
    /// The quotes of its citations, best first; a table row as `Dish: Falafel plate | Price: 32`.
    pub cited: Vec<String>,
}

/// How far back a question may refer.
const TURNS: usize = 12;

/// What was talked of last.
#[derive(Debug, Default)]
struct Topic {
    /// The customer's last question, standing for itself.
    question: Option<String>,
    /// The only table row that its answer quoted.
    row: Option<String>,
}

/// `question` with what it leaves to the turns before it, oldest first; the same text where it stands for itself.
pub fn standalone<'a>(question: &'a str, earlier: &[Turn]) -> Cow<'a, str> {
    let mut topic = Topic::default();
    for turn in &earlier[earlier.len().saturating_sub(TURNS)..] {
        match turn.author {
            Author::Customer if asks(&turn.text) => {
                topic = Topic {
                    question: Some(resolve(&turn.text, &topic).into_owned()),
                    row: None,
                };
            }
            Author::Bot if !turn.cited.is_empty() => topic.row = only_row(&turn.cited),
            Author::Customer | Author::Bot | Author::Person => {}
        }
    }
    resolve(question, &topic)
}

/// The language of the last of the customer's `messages`, oldest first, that shows one.
pub fn language<'a>(messages: impl DoubleEndedIterator<Item = &'a str>) -> Option<&'static str> {
    messages.rev().find_map(languages::detect)
}

/// Whether a message says what is talked of: courtesies don't.
fn asks(text: &str) -> bool {
    matches!(
        intent::read(text).intent,
        Intent::Question | Intent::Complaint | Intent::Custom(_)
    )
}

fn resolve<'a>(question: &'a str, topic: &Topic) -> Cow<'a, str> {
    let Some(previous) = &topic.question else {
        return Cow::Borrowed(question);
    };
    let asked = Sentence::new(question).without_greeting();
    let previous = Sentence::new(previous);
    let subject = subject(topic, &previous);
    let (rest, has_lead) = asked.without_lead();
    let kind = kind(&previous);
    let resolved = anaphor::resolve(&rest, has_lead, &subject, &kind)
        .or_else(|| fragment::merge(&rest, has_lead, &previous, &subject));
    resolved.map_or(Cow::Borrowed(question), |resolved| {
        let mark = if question.trim_end().ends_with(['؟']) || is_arabic(&resolved) {
            "؟"
        } else {
            "?"
        };
        Cow::Owned(format!(
            "{}{mark}",
            resolved.trim_end_matches(['?', '؟', ' ', '.', '!'])
        ))
    })
}

fn is_arabic(text: &str) -> bool {
    languages::detect(text) == Some("ar")
}

/// What "which is …" chooses among: what was asked for, without which of it.
fn kind(previous: &Sentence<'_>) -> String {
    let subject = previous.subject();
    let words: Vec<&str> = subject
        .split(' ')
        .filter(|word| !word_list::is("comparisons", &token::plain(word)))
        .collect();
    words.join(" ")
}

/// What "it" means: the row that answered, if it has all of what was asked for, else the question's own words.
fn subject(topic: &Topic, previous: &Sentence<'_>) -> String {
    let own = previous.subject();
    let Some(row) = &topic.row else {
        return own;
    };
    let name = head_of(row);
    let quoted = Sentence::new(row);
    let own_words = Sentence::new(&own);
    let is_covered = own_words.content().all(|word| quoted.has_like(word));
    let is_named = Sentence::new(name)
        .content()
        .all(|word| own_words.has_like(word));
    match (own.is_empty() || is_covered, is_named) {
        (true, _) => name.to_owned(),
        (false, true) => own,
        (false, false) => format!("{own} {name}"),
    }
}

/// The row that citations quote, if they quote one only and nothing else that "it" could mean.
fn only_row(cited: &[String]) -> Option<String> {
    let mut rows = cited
        .iter()
        .flat_map(|quote| quote.lines())
        .filter(|line| line.contains(" | "));
    let first = rows.next()?;
    rows.all(|row| head_of(row) == head_of(first))
        .then(|| first.to_owned())
}

#[cfg(test)]
mod tests;
