//! Answers from tables and lists: all the rows that have what is asked for, and no other.
//!
//! The words of a question fall into those that some rows have and others don't, which select; those that
//! name a column every row fills or say "dishes" or "options", which don't; and any other. One word of the last kind and
//! the table can't answer: vegan dishes are no answer to "vegan burgers".

use wafaa_domain::DocumentId;

use super::{
    cue::{asks_for_a_list, denies, wants_everything},
    row::{Row, Says},
};
use crate::{
    conversation::{rank::Ranked, retrieve::Found},
    knowledge::analyse::{self, Word},
};

/// The most rows in an answer.
const MAX_ROWS: usize = 30;

/// The most rows for a question that doesn't ask for a list; more are no answer to "how much is …?".
const FEW_ROWS: usize = 3;

/// Passages whose tables are looked at for a list.
const PASSAGES: usize = 8;

/// A heading that covers this much of a question is that question, and its section the answer.
const SAME_QUESTION: f32 = 0.9;

/// What the documents' tables say to a question.
pub(super) enum Listing {
    /// These rows answer, in the documents' order: the passage's place in the ranking and the row's range.
    Rows(Vec<(usize, std::ops::Range<usize>)>),
    /// The table has every property asked for, but no row has all of them.
    Nothing,
    /// The question is none that a table answers.
    NotTabular,
}

/// A row and where it stands.
struct Placed<'a> {
    passage: usize,
    range: std::ops::Range<usize>,
    row: Row<'a>,
    language: &'a str,
}

/// Looks for the answer in the table of the best passage; for a list, also in those of the next ones, unless
/// the best one stands under the very question.
pub(super) fn find(found: &Found) -> Listing {
    if denies(&found.question) {
        return Listing::NotTabular;
    }
    let first = find_beside(found, 0, &found.query.words);
    let asked_elsewhere = |first: &Ranked| found.heading_coverage(first) >= SAME_QUESTION;
    let Listing::NotTabular = first else {
        return first;
    };
    if !wants_everything(&found.question)
        || found.ranking.passages.first().is_some_and(asked_elsewhere)
    {
        return first;
    }
    (1..found.ranking.passages.len().min(PASSAGES))
        .map(|passage| find_beside(found, passage, &found.query.words))
        .find(|listing| matches!(listing, Listing::Rows(rows) if rows.len() > 1))
        .unwrap_or(first)
}

/// Looks for the answer in the table that a passage holds part of.
fn find_beside(found: &Found, passage: usize, words: &[Word]) -> Listing {
    let passages = &found.ranking.passages;
    let Some(sample) = passages.get(passage).and_then(best_row) else {
        return Listing::NotTabular;
    };
    let document = passages[passage].candidate.passage.document;
    let mut rows: Vec<Placed<'_>> = rows(passages, document);
    rows.retain(|placed| placed.row.is_like(&sample));
    rows.sort_by_key(|placed| {
        (
            passages[placed.passage].candidate.passage.ordinal,
            placed.range.start,
        )
    });
    let mut selecting: Vec<&Word> = Vec::new();
    let mut names_a_column = false;
    let lists = asks_for_a_list(&found.question);
    for word in words.iter().filter(|word| !(lists && word.is_generic)) {
        let says: Vec<Says> = rows.iter().map(|placed| placed.says(word)).collect();
        let names = says.contains(&Says::Column);
        let tells_apart = says.contains(&Says::Yes) || says.contains(&Says::No);
        if tells_apart
            && says
                .iter()
                .any(|says| matches!(says, Says::Yes | Says::Column))
        {
            selecting.push(word);
        } else if names || is_in_heading(&passages[passage], word) {
            names_a_column = true;
        } else if !word.is_generic {
            return Listing::NotTabular;
        }
    }
    names_a_column |= lists && words.iter().all(|word| word.is_generic);
    if passage > 0 && selecting.is_empty() {
        return Listing::NotTabular;
    }
    select(found, &rows, &selecting, names_a_column)
}

fn select(
    found: &Found,
    rows: &[Placed<'_>],
    selecting: &[&Word],
    names_a_column: bool,
) -> Listing {
    if selecting.is_empty() && !names_a_column {
        return Listing::NotTabular;
    }
    let answers: Vec<_> = rows
        .iter()
        .filter(|placed| {
            let has = |word: &&Word| matches!(placed.says(word), Says::Yes | Says::Column);
            selecting.iter().all(has)
        })
        .map(|placed| (placed.passage, placed.range.clone()))
        .take(MAX_ROWS)
        .collect();
    let lists = asks_for_a_list(&found.question);
    match answers.len() {
        0 if lists => Listing::Nothing,
        0 => Listing::NotTabular,
        1..=FEW_ROWS => Listing::Rows(answers),
        _ if lists => Listing::Rows(answers),
        _ => Listing::NotTabular,
    }
}

impl Placed<'_> {
    fn says(&self, word: &Word) -> Says {
        self.row.says(|text| {
            analyse::terms(text, self.language)
                .split(' ')
                .any(|term| word.terms.iter().any(|known| known == term))
        })
    }
}

/// The row nearest to the question, where the nearest sentence of the passage, or its first, is one.
fn best_row(passage: &Ranked) -> Option<Row<'_>> {
    let nearest = passage
        .best_sentence()
        .and_then(|sentence| row_at(passage, &sentence.range));
    nearest.or_else(|| {
        passage
            .sentences
            .first()
            .and_then(|first| row_at(passage, &first.range))
    })
}

/// The table row at `range`, or the line of a list.
fn row_at<'a>(passage: &'a Ranked, range: &std::ops::Range<usize>) -> Option<Row<'a>> {
    let text = &passage.candidate.passage.text;
    let line = text.get(range.clone())?;
    let whole_line = text[..range.start].trim_end_matches(' ').ends_with('\n') || range.start == 0;
    let whole_line = whole_line
        && (text[range.end..].trim_start_matches(' ').starts_with('\n') || range.end == text.len());
    let is_item =
        whole_line && text.contains('\n') && !line.ends_with(['.', '!', '?', '؟', '۔', ':', '：']);
    Row::parse(line).or_else(|| is_item.then(|| Row::item(line)))
}

/// Every row of a document; other documents' tables may say the same in another language.
fn rows(passages: &[Ranked], document: DocumentId) -> Vec<Placed<'_>> {
    let of_document = passages
        .iter()
        .enumerate()
        .filter(|(_, ranked)| ranked.candidate.passage.document == document);
    of_document
        .flat_map(|(passage, ranked)| {
            ranked.sentences.iter().filter_map(move |sentence| {
                let row = row_at(ranked, &sentence.range)?;
                Some(Placed {
                    passage,
                    range: sentence.range.clone(),
                    row,
                    language: &ranked.candidate.passage.language,
                })
            })
        })
        .collect()
}

fn is_in_heading(passage: &Ranked, word: &Word) -> bool {
    let passage = &passage.candidate.passage;
    analyse::terms(&passage.heading, &passage.language)
        .split(' ')
        .any(|term| word.terms.iter().any(|known| known == term))
}
