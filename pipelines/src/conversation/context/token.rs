//! A sentence as words with their kinds.

use unicode_segmentation::UnicodeSegmentation as _;

use super::word_list::{self, LEADS, is};
use crate::knowledge::analyse;

/// What a word does in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Makes a question or joins words.
    Function,
    /// Stands before a thing or a time: "on", "at", "to".
    Preposition,
    /// "The", "a", "your".
    Determiner,
    /// A day or a part of one.
    Time,
    /// What is asked of a thing: its price, its size.
    Attribute,
    /// What is done with a thing: delivered, sold.
    Verb,
    /// A thing.
    Content,
}

/// A word, as written and normalised.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) plain: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) struct Sentence<'a> {
    pub(super) tokens: Vec<Token<'a>>,
}

/// The first cell of a table row without its column's name; text that is no row is its own.
pub(super) fn head_of(row: &str) -> &str {
    let cell = row.split(" | ").next().unwrap_or(row);
    cell.split_once(": ")
        .map_or(cell, |(_, value)| value)
        .trim()
}

/// A word in the form that the lists have.
pub(super) fn plain(word: &str) -> String {
    let word = word.replace(['\'', '’', 'ʼ'], "");
    analyse::strip_accents(&analyse::words(&word).collect::<Vec<_>>().join(" "))
}

impl<'a> Sentence<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let words = text
            .split_word_bound_indices()
            .filter(|(_, word)| word.contains(char::is_alphanumeric));
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (at, word) in words {
            // "Two-bedroom" is one word here.
            match spans.last_mut() {
                Some((_, end)) if &text[*end..at] == "-" => *end = at + word.len(),
                _ => spans.push((at, at + word.len())),
            }
        }
        let tokens = spans
            .into_iter()
            .map(|(start, end)| Token::new(&text[start..end]));
        Self {
            tokens: tokens.collect(),
        }
    }

    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.tokens
            .iter()
            .any(|token| words.contains(&token.plain.as_str()))
    }

    /// Whether a word is said in this or another form.
    pub(super) fn has_like(&self, word: &str) -> bool {
        let term = analyse::term(word, "en");
        self.tokens
            .iter()
            .any(|token| analyse::term(&token.plain, "en") == term)
    }

    /// Its things and their qualities, normalised.
    pub(super) fn content(&self) -> impl Iterator<Item = &str> {
        self.tokens
            .iter()
            .filter(|token| {
                token.kind == Kind::Content && !is("generic", &token.plain) || token.is_quality()
            })
            .map(|token| token.plain.as_str())
    }

    /// The words from the first to the last that say what it is about, as written.
    pub(super) fn subject(&self) -> String {
        let is_about = |token: &Token<'_>| matches!(token.kind, Kind::Content | Kind::Verb);
        let things = |token: &Token<'_>| token.kind == Kind::Content;
        let Some(first) = self.tokens.iter().position(is_about) else {
            return String::new();
        };
        let last = self.tokens.iter().rposition(is_about).unwrap_or(first);
        // A time after the last thing belongs to it: "open on Fridays". Without a thing the verb says it.
        let last = match self
            .tokens
            .iter()
            .rposition(|token| token.kind == Kind::Time)
        {
            Some(time) if time > last => time,
            _ => last,
        };
        let begin = if self.tokens[first].kind == Kind::Verb && self.is_sold(first) {
            self.tokens.iter().position(things).unwrap_or(first)
        } else {
            first
        };
        // "Vegan dishes", "anything vegan".
        let qualities =
            |tokens: &[Token<'_>]| tokens.iter().take_while(|token| token.is_quality()).count();
        let before = self.tokens[..begin]
            .iter()
            .rev()
            .take_while(|token| token.is_quality())
            .count();
        let end = last + 1 + qualities(&self.tokens[last + 1..]);
        join(&self.tokens[begin - before..end])
    }

    /// Whether the verb at `at` says no more than that a thing is there to be had.
    fn is_sold(&self, at: usize) -> bool {
        const HAVE: &[&str] = &[
            "sell",
            "offer",
            "serve",
            "carry",
            "stock",
            "provide",
            "buy",
            "order",
            "get",
            "eat",
            "see",
            "show",
            "recommend",
            "make",
            "need",
            "تبيعون",
            "تقدمون",
            "اطلب",
            "اشتري",
            "بيع",
            "ابحث",
            "ادور",
        ];
        HAVE.contains(&self.tokens[at].plain.as_str())
    }

    /// Without the greeting before it.
    pub(super) fn without_greeting(mut self) -> Self {
        let is_greeting = |token: &Token<'_>| is("greetings", &token.plain);
        let greeting = self
            .tokens
            .iter()
            .take_while(|token| is_greeting(token))
            .count();
        if greeting < self.tokens.len() {
            self.tokens.drain(..greeting);
        }
        self
    }

    /// Without the "and" or "what about" that ties it to what came before, and whether there was one.
    pub(super) fn without_lead(&self) -> (Self, bool) {
        let plain: Vec<&str> = self
            .tokens
            .iter()
            .map(|token| token.plain.as_str())
            .collect();
        let padded = format!("{} ", plain.join(" "));
        let lead = LEADS
            .iter()
            .find(|lead| padded.starts_with(&format!("{lead} ")));
        let length = lead.map_or(0, |lead| lead.split(' ').count());
        let mut rest = Self {
            tokens: self.tokens[length..].to_vec(),
        };
        let is_alone = rest.tokens.len() <= 2;
        let attached = rest
            .tokens
            .first_mut()
            .is_some_and(|first| first.drop_and(is_alone));
        (rest, length > 0 || attached)
    }

    pub(super) fn text(&self) -> String {
        join(&self.tokens)
    }
}

/// The tokens as written, with single spaces.
pub(super) fn join(tokens: &[Token<'_>]) -> String {
    let words: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    words.join(" ")
}

impl<'a> Token<'a> {
    fn new(text: &'a str) -> Self {
        let plain = plain(text);
        let kind = kind_of(&plain);
        Self { text, plain, kind }
    }

    /// Whether it says which of several: "large", "vegan".
    pub(super) fn is_quality(&self) -> bool {
        is("qualities", &self.plain)
    }

    /// Drops an Arabic "and" written onto the word, where it can't be the word's own letter.
    fn drop_and(&mut self, is_alone: bool) -> bool {
        let Some((rest, plain_rest)) = self
            .text
            .strip_prefix('و')
            .zip(self.plain.strip_prefix('و'))
        else {
            return false;
        };
        let has_article = ["ال", "لل", "بال"]
            .iter()
            .any(|article| plain_rest.starts_with(article));
        let is_known = kind_of(plain_rest) != Kind::Content;
        let is_own = word_list::begins("and-words", &self.plain);
        let is_long = plain_rest.chars().nth(1).is_some();
        if is_long && (has_article || is_known || is_alone && !is_own) {
            *self = Self::new(rest);
            return true;
        }
        false
    }
}

fn kind_of(plain: &str) -> Kind {
    let bare = ["بال", "لل", "وال", "ال"]
        .iter()
        .find_map(|article| plain.strip_prefix(article));
    let is_with_article = |list| is(list, plain) || bare.is_some_and(|bare| is(list, bare));
    if is("determiners", plain) {
        Kind::Determiner
    } else if is("prepositions", plain) {
        Kind::Preposition
    } else if is_with_article("times") {
        Kind::Time
    } else if is("verbs", plain) || is_arabic_verb(plain) {
        Kind::Verb
    } else if is_with_article("attributes") {
        Kind::Attribute
    } else if is("function", plain) || analyse::is_stop_word(plain) {
        Kind::Function
    } else {
        Kind::Content
    }
}

/// "You open", "they deliver": the plural of the present tense, as businesses are spoken to.
fn is_arabic_verb(plain: &str) -> bool {
    let has_ending = ["ون", "وا", "وها", "ونه", "ونها"]
        .iter()
        .any(|ending| plain.ends_with(ending));
    let letters = plain.chars().count();
    has_ending && letters > 4 && plain.starts_with(['ت', 'ي', 'ب'])
}
