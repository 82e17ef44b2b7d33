//! The built-in responder: quotes and arranges what the documents say, and says nothing else.

use std::{collections::HashSet, ops::Range};

use wafaa_domain::BotSettings;

use super::{
    Answer, EXTRACTIVE, abstain, hours,
    list::{self, Listing},
    row::Row,
    vocabulary::Vocabulary,
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

/// Bytes of a passage that is quoted whole.
const SHORT: usize = 320;

/// The most sentences quoted of a longer one, and bytes of them.
const SENTENCES: usize = 4;
const BYTES: usize = 500;

/// The same of a section whose heading is the question: it was written to be the whole answer.
const SECTION_SENTENCES: usize = 8;
const SECTION_BYTES: usize = 900;

/// A further sentence must be this good, as a share of the best one.
const NEARLY_AS_GOOD: f32 = 0.85;

/// A heading that covers this much of the question is the question.
const SAME_QUESTION: f32 = 0.6;

/// So is one with this cosine.
const SAME_MEANING: f32 = 0.5;

/// Of two sections that both stand under the question, the second is quoted too when it is this good.
const EQUALLY_GOOD: f32 = 0.88;

/// Sentences to quote of one passage, in its order.
struct Quote {
    passage: usize,
    ranges: Vec<Range<usize>>,
}

/// Rows to show: the passage's place in the ranking, the row's range, and its line for a reader.
pub(super) type Rows = Vec<(usize, Range<usize>, String)>;

/// The confidence that rows answer when every word of the question is accounted for. There is no model behind it: one
/// word that neither rows nor columns nor headings have, and there are no such rows.
const ROWS_CONFIDENCE: f32 = 0.75;

/// The best-supported answer, or that there is none.
pub(super) fn answer(found: &Found, bot: &BotSettings, top_k: usize) -> Answer {
    let threshold = bot.confidence_threshold;
    let confidence = found.ranking.confidence;
    match table(found) {
        Listing::Rows(rows) if confidence.max(ROWS_CONFIDENCE) >= threshold => {
            listed(found, bot, rows)
        }
        Listing::NotTabular if confidence >= threshold => quoted(found, bot, &quotes(found, top_k)),
        Listing::Rows(_) | Listing::Nothing | Listing::NotTabular => abstain(found, bot),
    }
}

/// Whether what was found is enough for an answer, whoever words it.
pub(super) fn is_sufficient(found: &Found, bot: &BotSettings) -> bool {
    let is_listed =
        || matches!(table(found), Listing::Rows(_)) && ROWS_CONFIDENCE >= bot.confidence_threshold;
    found.ranking.confidence >= bot.confidence_threshold || is_listed()
}

fn table(found: &Found) -> Listing {
    let vocabulary = Vocabulary::default();
    hours::find(found, &vocabulary).map_or_else(|| list::find(found, &vocabulary), Listing::Rows)
}

/// Rows as they are to be read, each on a line of its own when there are several.
fn listed(found: &Found, bot: &BotSettings, rows: Vec<(usize, Range<usize>, String)>) -> Answer {
    let several = rows.len() > 1;
    let mut quotes: Vec<Quote> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for (passage, range, line) in rows {
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
    Answer {
        confidence: found.ranking.confidence.max(ROWS_CONFIDENCE),
        ..finish(found, lines.join("\n"), &quotes)
    }
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
    // The best passage, when it stands under the very question, whatever words a row of another has.
    let is_asked_for = passages
        .first()
        .is_some_and(|first| is_the_question(found, first));
    let mut candidates = scored.iter();
    let chosen = candidates.find(|(passage, ..)| !is_asked_for || *passage == 0);
    let Some(&(passage, at, best)) = chosen else {
        return Vec::new();
    };
    let mut quotes = vec![Quote {
        passage,
        ranges: context(found, passage, at),
    }];
    if is_the_question(found, &passages[passage]) {
        if let Some(beginning) = beginning_of_section(passages, passage) {
            quotes.insert(0, whole_section(passages, beginning));
        }
        quotes.extend(other_section(found, passage));
        return quotes;
    }
    for &(passage, at, score) in &scored {
        if score < NEARLY_AS_GOOD * best {
            break;
        }
        add(&mut quotes, passages, passage, at);
    }
    quotes
}

/// Adds a sentence to the quote of its passage, or the passage where it is short.
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
            ranges: whole(&passages[passage]).unwrap_or_else(|| vec![range]),
        }),
    }
}

/// All of a passage of prose that is so short that what it says is best read whole.
fn whole(passage: &Ranked) -> Option<Vec<Range<usize>>> {
    let is_row = |sentence| Row::parse(passage.text_of(sentence)).is_some();
    let is_short = passage.candidate.passage.text.len() <= SHORT;
    let sentences = &passage.sentences;
    (is_short && !sentences.iter().any(is_row)).then(|| {
        sentences
            .iter()
            .map(|sentence| sentence.range.clone())
            .collect()
    })
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
fn context(found: &Found, place: usize, at: usize) -> Vec<Range<usize>> {
    let passages = &found.ranking.passages;
    let passage = &passages[place];
    let sentence = passage.text_of(&passage.sentences[at]).trim_end();
    if Row::parse(sentence).is_some() {
        return vec![passage.sentences[at].range.clone()];
    }
    if sentence.ends_with(['?', '؟']) {
        let is_answer = |next: &str| !next.ends_with(['?', '؟']);
        let answer = take(passage, at + 1, (SENTENCES, BYTES), is_answer);
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
    if is_the_question(found, passage) {
        if beginning_of_section(passages, place).is_some() {
            return vec![passage.sentences[at].range.clone()];
        }
        let mut section = take(passage, 0, (SECTION_SENTENCES, SECTION_BYTES), |_| true);
        if !section.contains(&passage.sentences[at].range) {
            section.push(passage.sentences[at].range.clone());
        }
        return section;
    }
    whole(passage).unwrap_or_else(|| vec![passage.sentences[at].range.clone()])
}

/// Whether a passage stands under the very question, in the same words or in others.
fn is_the_question(found: &Found, passage: &Ranked) -> bool {
    let means_it = passage.dense >= 1.0 && passage.evidence.heading >= SAME_MEANING;
    means_it || found.heading_coverage(passage) >= SAME_QUESTION
}

/// Another passage under the question, all but as good as `first`: which of them is meant can't be told.
fn other_section(found: &Found, first: usize) -> Option<Quote> {
    let passages = &found.ranking.passages;
    let standing = EQUALLY_GOOD * passages[first].fused;
    let (index, passage) =
        passages
            .iter()
            .enumerate()
            .take(PASSAGES)
            .find(|(index, passage)| {
                *index != first && passage.fused >= standing && is_the_question(found, passage)
            })?;
    let is_another = passage.candidate.passage.heading != passages[first].candidate.passage.heading;
    (is_another && !passage.sentences.is_empty()).then(|| whole_section(passages, index))
}

/// The passage that the section of `of` begins with, where that is another one.
fn beginning_of_section(passages: &[Ranked], of: usize) -> Option<usize> {
    let section = |ranked: &Ranked| {
        let passage = &ranked.candidate.passage;
        (passage.document, passage.heading.clone())
    };
    let ordinal = |index: &usize| passages[*index].candidate.passage.ordinal;
    let here = section(&passages[of]);
    let beginning = (0..passages.len())
        .filter(|index| section(&passages[*index]) == here)
        .min_by_key(ordinal)?;
    (beginning != of && !passages[beginning].sentences.is_empty()).then_some(beginning)
}

/// A section from its beginning, as far as it is short.
fn whole_section(passages: &[Ranked], passage: usize) -> Quote {
    Quote {
        passage,
        ranges: take(
            &passages[passage],
            0,
            (SECTION_SENTENCES, SECTION_BYTES),
            |_| true,
        ),
    }
}

/// The sentences from `start` on, while `goes_on` and they stay few and short.
fn take(
    passage: &Ranked,
    start: usize,
    (sentences, most): (usize, usize),
    goes_on: impl Fn(&str) -> bool,
) -> Vec<Range<usize>> {
    let mut bytes = 0;
    passage
        .sentences
        .iter()
        .skip(start)
        .take(sentences)
        .take_while(|sentence| {
            bytes += sentence.range.len();
            goes_on(passage.text_of(sentence)) && (bytes <= most || bytes == sentence.range.len())
        })
        .map(|sentence| sentence.range.clone())
        .collect()
}
