//! The built-in responder: quotes and arranges what the documents say, and says nothing else.

use std::{collections::HashSet, ops::Range};

use wafaa_domain::BotSettings;

use super::{
    Answer, EXTRACTIVE, abstain,
    list::{self, Listing},
    row::Row,
};
use crate::{
    conversation::{
        phrase::Phrase,
        rank::{Ranked, coverage},
        retrieve::Found,
    },
    knowledge::analyse,
    llm::Usage,
};

/// Passages that a quoted answer may draw on; further ones rarely hold the answer and often a wrong one.
const PASSAGES: usize = 3;

/// The most sentences quoted of one passage, and bytes of them.
const SENTENCES: usize = 4;
const BYTES: usize = 500;

/// A further sentence must be this good, as a share of the best one.
const NEARLY_AS_GOOD: f32 = 0.85;

/// A heading that covers this much of the question is the question.
const SAME_QUESTION: f32 = 0.6;

/// Sentences to quote of one passage, in its order.
struct Quote {
    passage: usize,
    ranges: Vec<Range<usize>>,
}

/// The best-supported answer.
pub(super) fn answer(found: &Found, bot: &BotSettings, top_k: usize) -> Answer {
    match list::find(found) {
        Listing::Rows(rows) => listed(found, bot, rows),
        Listing::Nothing => abstain(found, bot),
        Listing::NotTabular => quoted(found, bot, &quotes(found, top_k)),
    }
}

/// Rows, each on a line of its own when there are several.
fn listed(found: &Found, bot: &BotSettings, rows: Vec<(usize, Range<usize>)>) -> Answer {
    let several = rows.len() > 1;
    let mut quotes: Vec<Quote> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for (passage, range) in rows {
        let marker = match quotes.iter().position(|quote| quote.passage == passage) {
            Some(known) => known,
            None => {
                quotes.push(Quote {
                    passage,
                    ranges: Vec::new(),
                });
                quotes.len() - 1
            }
        };
        let line = show(&found.ranking.passages[passage], &range);
        lines.push(format!(
            "{}{line} [{}]",
            if several { "- " } else { "" },
            marker + 1
        ));
        quotes[marker].ranges.push(range);
    }
    if several {
        lines.insert(0, Phrase::Found.say(found.language(bot)).to_owned());
    }
    finish(found, lines.join("\n"), &quotes)
}

/// Sentences, those of one passage together.
fn quoted(found: &Found, bot: &BotSettings, quotes: &[Quote]) -> Answer {
    let paragraphs: Vec<String> = quotes
        .iter()
        .enumerate()
        .map(|(number, quote)| {
            format!(
                "{} [{}]",
                join(&found.ranking.passages[quote.passage], quote),
                number + 1
            )
        })
        .collect();
    if paragraphs.is_empty() {
        return abstain(found, bot);
    }
    finish(found, paragraphs.join("\n\n"), quotes)
}

fn finish(found: &Found, answer: String, quotes: &[Quote]) -> Answer {
    let citations = quotes.iter().filter_map(|quote| {
        let text = &found.ranking.passages[quote.passage].candidate.passage.text;
        let lines: Vec<&str> = quote
            .ranges
            .iter()
            .map(|range| &text[range.clone()])
            .collect();
        found.citation(quote.passage, lines.join("\n"))
    });
    Answer {
        answer,
        answered: true,
        confidence: found.ranking.confidence,
        citations: citations.collect(),
        model: EXTRACTIVE.to_owned(),
        usage: Usage::default(),
    }
}

/// The sentences of a quote as they stood: on one line where they shared one.
fn join(passage: &Ranked, quote: &Quote) -> String {
    let text = &passage.candidate.passage.text;
    let mut joined = String::new();
    let mut end = None;
    for range in &quote.ranges {
        let same_line = end.is_some_and(|end: usize| !text[end..range.start].contains('\n'));
        if end.is_some() {
            joined.push(if same_line { ' ' } else { '\n' });
        }
        joined.push_str(&show(passage, range));
        end = Some(range.end);
    }
    joined
}

fn show(passage: &Ranked, range: &Range<usize>) -> String {
    let passage = &passage.candidate.passage;
    let line = &passage.text[range.clone()];
    Row::parse(line).map_or_else(|| line.to_owned(), |row| row.show(&passage.language))
}

/// What to quote: around the best sentence, and of other passages what is nearly as good.
fn quotes(found: &Found, top_k: usize) -> Vec<Quote> {
    let passages = &found.ranking.passages;
    let top = passages
        .first()
        .map_or(0.0, |first| first.fused)
        .max(f32::MIN_POSITIVE);
    let mut scored: Vec<(usize, usize, f32)> = Vec::new();
    for (index, passage) in passages.iter().enumerate().take(PASSAGES.min(top_k.max(1))) {
        let standing = (passage.fused / top).max(0.0);
        scored.extend(
            sentence_scores(found, passage)
                .into_iter()
                .enumerate()
                .map(|(at, score)| (index, at, score * standing)),
        );
    }
    scored.sort_by(|a, b| b.2.total_cmp(&a.2));
    let Some(&(passage, at, best)) = scored.first() else {
        return Vec::new();
    };
    let mut quotes = vec![Quote {
        passage,
        ranges: context(found, &passages[passage], at),
    }];
    if found.heading_coverage(&passages[passage]) >= SAME_QUESTION {
        return quotes;
    }
    for &(passage, at, score) in &scored[1..] {
        if score < NEARLY_AS_GOOD * best {
            break;
        }
        add(&mut quotes, passages, passage, at);
    }
    quotes
}

/// Adds a sentence to the quote of its passage.
fn add(quotes: &mut Vec<Quote>, passages: &[Ranked], passage: usize, at: usize) {
    let range = passages[passage].sentences[at].range.clone();
    match quotes.iter_mut().find(|quote| quote.passage == passage) {
        Some(quote) if quote.ranges.contains(&range) || quote.ranges.len() >= SENTENCES => {}
        Some(quote) => {
            quote.ranges.push(range);
            quote.ranges.sort_by_key(|range| range.start);
        }
        None => quotes.push(Quote {
            passage,
            ranges: vec![range],
        }),
    }
}

/// How well each sentence of a passage answers: the share of the question it covers, and its cosine as far as
/// cosines count.
fn sentence_scores(found: &Found, passage: &Ranked) -> Vec<f32> {
    let language = &passage.candidate.passage.language;
    passage
        .sentences
        .iter()
        .map(|sentence| {
            let terms = analyse::terms(passage.text_of(sentence), language);
            let terms: HashSet<&str> = terms.split(' ').collect();
            let covered = coverage(&found.query, &found.ranking.rarity, |term| {
                terms.contains(term)
            });
            passage.dense.mul_add(sentence.cosine.max(0.0), covered)
        })
        .collect()
}

/// The sentence `at`, with what it needs to be understood: the answer after a question, the list after its
/// introduction, the beginning of a section whose heading is the question.
fn context(found: &Found, passage: &Ranked, at: usize) -> Vec<Range<usize>> {
    let sentence = passage.text_of(&passage.sentences[at]).trim_end();
    if Row::parse(sentence).is_some() {
        return vec![passage.sentences[at].range.clone()];
    }
    if sentence.ends_with(['?', '؟']) {
        let answer = take(passage, at + 1, |next| !next.ends_with(['?', '؟']));
        if !answer.is_empty() {
            return answer;
        }
    }
    if sentence.ends_with([':', '：']) {
        let list: Vec<_> = passage.sentences[at..]
            .iter()
            .map(|sentence| sentence.range.clone())
            .take(1 + 2 * SENTENCES)
            .collect();
        return list;
    }
    if found.heading_coverage(passage) >= SAME_QUESTION {
        let mut section = take(passage, 0, |_| true);
        if !section.contains(&passage.sentences[at].range) {
            section.push(passage.sentences[at].range.clone());
        }
        return section;
    }
    vec![passage.sentences[at].range.clone()]
}

/// The sentences from `start` on, while `goes_on` and they stay short.
fn take(passage: &Ranked, start: usize, goes_on: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut bytes = 0;
    passage
        .sentences
        .iter()
        .skip(start)
        .take(SENTENCES)
        .take_while(|sentence| {
            bytes += sentence.range.len();
            goes_on(passage.text_of(sentence)) && (bytes <= BYTES || bytes == sentence.range.len())
        })
        .map(|sentence| sentence.range.clone())
        .collect()
}
