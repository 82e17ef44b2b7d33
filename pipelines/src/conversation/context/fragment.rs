//! Questions that leave out what the one before said: "and on Fridays?", "what about the large one?", "how much?"

use std::ops::Range;

use super::{
    anaphor,
    token::{Kind, Sentence, Token, join},
    word_list::is,
};

/// The most words of a fragment that no "and" leads in.
const SHORT: usize = 4;

/// `asked` completed from `previous`, or by its `subject`; `None` where it stands for itself.
pub(super) fn merge(
    asked: &Sentence<'_>,
    has_lead: bool,
    previous: &Sentence<'_>,
    subject: &str,
) -> Option<String> {
    let first = asked.tokens.first()?;
    if is_clause(asked) {
        return (leaves_out_thing(asked) && !subject.is_empty())
            .then(|| format!("{} {subject}", asked.text()));
    }
    if has_lead {
        return complete(asked, previous, subject);
    }
    let is_short = asked.tokens.len() <= SHORT;
    let names_one = anaphor::name_one(asked, subject).is_some();
    let is_adverbial = matches!(first.kind, Kind::Preposition | Kind::Time) || names_one;
    if is_short && is_adverbial {
        return complete(asked, previous, subject);
    }
    let own = previous.subject();
    let compares = is_short
        && !own.is_empty()
        && asked.content().next().is_none()
        && has(asked, Kind::Attribute);
    compares.then(|| format!("{} {own}", asked.text()))
}

/// Whether it is a sentence rather than a piece of one.
fn is_clause(asked: &Sentence<'_>) -> bool {
    let is_part = |token: &Token<'_>| token.kind == Kind::Verb || is("clauses", &token.plain);
    asked.tokens.iter().any(is_part)
}

fn has(sentence: &Sentence<'_>, kind: Kind) -> bool {
    sentence.tokens.iter().any(|token| token.kind == kind)
}

/// A question word and nothing that it asks about: "how much?", "what time?", "how much for two?".
fn leaves_out_thing(asked: &Sentence<'_>) -> bool {
    const SPOKEN_TO: &[&str] = &[
        "you", "your", "we", "i", "my", "me", "u", "انت", "انتم", "اسمك",
    ];
    if asked.has(SPOKEN_TO) {
        return false;
    }
    let is_thing = |token: &Token<'_>| {
        matches!(token.kind, Kind::Content | Kind::Verb) && !is("generic", &token.plain)
    };
    if !asked.tokens.iter().any(is_thing) {
        return true;
    }
    let asks_how_much = matches!(
        asked.tokens[0].plain.as_str(),
        "how" | "كم" | "بكم" | "combien" | "cuanto"
    );
    let after = asked.tokens.iter().skip(1).find(|token| {
        !matches!(
            token.plain.as_str(),
            "much" | "many" | "long" | "far" | "is"
        )
    });
    asks_how_much && after.is_some_and(|token| token.kind == Kind::Preposition)
}

/// The previous question with the fragment in the place of what it changes.
fn complete(fragment: &Sentence<'_>, previous: &Sentence<'_>, subject: &str) -> Option<String> {
    if let Some(named) = anaphor::name_one(fragment, &without_attributes(subject)) {
        let named = Sentence::new(&named);
        return Some(match noun_phrase(previous, &named) {
            Some(range) => put(previous, range, &named),
            None => named.text(),
        });
    }
    let first = &fragment.tokens[0];
    if has(fragment, Kind::Time) {
        let range = time_phrase(previous, first.kind == Kind::Preposition);
        return Some(range.map_or_else(
            || append(previous, fragment),
            |range| put(previous, range, fragment),
        ));
    }
    if first.kind == Kind::Preposition {
        let range = prepositional_phrase(previous, &first.plain);
        return Some(range.map_or_else(
            || append(previous, fragment),
            |range| put(previous, range, fragment),
        ));
    }
    let range = noun_phrase(previous, fragment)?;
    // "And large?" is a large one of the same.
    let range = if has(fragment, Kind::Content) {
        range
    } else {
        range.end..range.end
    };
    Some(put(previous, range, fragment))
}

/// What a thing is, without how it is: "vegan falafel" is a falafel.
fn without_attributes(subject: &str) -> String {
    let subject = Sentence::new(subject);
    let kept: Vec<&str> = subject
        .tokens
        .iter()
        .filter(|token| token.kind != Kind::Attribute && token.kind != Kind::Determiner)
        .map(|token| token.text)
        .collect();
    if kept.is_empty() {
        subject.text()
    } else {
        kept.join(" ")
    }
}

fn append(previous: &Sentence<'_>, fragment: &Sentence<'_>) -> String {
    format!("{} {}", previous.text(), fragment.text())
}

fn put(previous: &Sentence<'_>, range: Range<usize>, fragment: &Sentence<'_>) -> String {
    let parts = [
        join(&previous.tokens[..range.start]),
        fragment.text(),
        join(&previous.tokens[range.end..]),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The days or hours that a question names, with their preposition if another comes.
fn time_phrase(previous: &Sentence<'_>, with_preposition: bool) -> Option<Range<usize>> {
    let tokens = &previous.tokens;
    let last = tokens.iter().rposition(|token| token.kind == Kind::Time)?;
    let mut start = last;
    while start > 0 && is_part_of_time(&tokens[start - 1]) {
        start -= 1;
    }
    if with_preposition && start > 0 && tokens[start - 1].kind == Kind::Preposition {
        start -= 1;
    }
    Some(start..last + 1)
}

fn is_part_of_time(token: &Token<'_>) -> bool {
    token.kind == Kind::Time
        || matches!(
            token.plain.as_str(),
            "the" | "this" | "next" | "every" | "هذا" | "هذه" | "كل"
        )
}

/// From the same preposition, or one of place for one of place, to the end of what it governs.
fn prepositional_phrase(previous: &Sentence<'_>, preposition: &str) -> Option<Range<usize>> {
    let tokens = &previous.tokens;
    let is_same = |token: &Token<'_>| {
        token.plain == preposition || is("of-place", &token.plain) && is("of-place", preposition)
    };
    let start = tokens
        .iter()
        .rposition(|token| is_same(token) && token.kind == Kind::Preposition)?;
    let is_time = tokens
        .get(start + 1)
        .is_some_and(|token| token.kind == Kind::Time);
    let governed = tokens[start + 1..]
        .iter()
        .take_while(|token| !matches!(token.kind, Kind::Preposition | Kind::Time | Kind::Verb));
    (!is_time).then(|| start..start + 1 + governed.count())
}

/// The last thing a question names, or the last with an article if the fragment has one.
fn noun_phrase(previous: &Sentence<'_>, fragment: &Sentence<'_>) -> Option<Range<usize>> {
    let tokens = &previous.tokens;
    let is_thing = |token: &Token<'_>| token.kind == Kind::Content;
    let run_from = |start: usize| {
        tokens[start..]
            .iter()
            .take_while(|token| is_thing(token) || token.is_quality())
            .count()
    };
    let has_article = fragment.tokens[0].kind == Kind::Determiner;
    if has_article {
        let articled = (0..tokens.len()).rev().find(|at| {
            let has_things = tokens[at + 1..]
                .iter()
                .take_while(|token| is_thing(token) || token.is_quality())
                .any(is_thing);
            tokens[*at].kind == Kind::Determiner && has_things
        });
        if let Some(at) = articled {
            let length = trimmed(&tokens[at + 1..at + 1 + run_from(at + 1)]);
            return Some(at..at + 1 + length);
        }
    }
    let last = tokens.iter().rposition(is_thing)?;
    let mut start = last;
    while start > 0 && (is_thing(&tokens[start - 1]) || tokens[start - 1].is_quality()) {
        start -= 1;
    }
    if start > 0
        && tokens[start - 1].kind == Kind::Determiner
        && (has_article || fragment.tokens[0].kind == Kind::Content)
    {
        start -= 1;
    }
    Some(start..last + 1)
}

/// Without how the thing is said to be: "is the lamb spicy" asks of the lamb.
fn trimmed(run: &[Token<'_>]) -> usize {
    run.iter()
        .rposition(|token| token.kind == Kind::Content)
        .map_or(run.len(), |last| last + 1)
}
