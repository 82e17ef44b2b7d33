//! Answers from tables and lists: all the rows that have what is asked for, and no other.
//!
//! The words of a question fall into those that some rows have and others don't, which select; those that
//! name a column every row fills or say "dishes" or "options", which don't; and any other. One word of the last kind and
//! the table can't answer: vegan dishes are no answer to "vegan burgers". What is asked to be absent, cheapest or
//! below a price is no property that a row has, and picked afterwards.

use wafaa_domain::DocumentId;

use super::{
    cue::{asks_for_a_list, wants_everything},
    extract::Rows,
    pick::{Bound, Extreme, Pick, is_containing, is_cost, is_lasting},
    row::{Row, Says},
    vocabulary::Vocabulary,
};
use crate::{
    conversation::{rank::Ranked, retrieve::Found},
    knowledge::analyse::{self, Word, is_arabic},
};

/// The most rows in an answer.
const MAX_ROWS: usize = 30;

/// The most rows for a question that doesn't ask for a list.
const FEW_ROWS: usize = 3;

/// The same where it names what it wants of them, as in "how much is the falafel?" of a menu with several; more are
/// no answer.
const FEW_NAMED_ROWS: usize = 8;

/// Passages whose tables are looked at for a list.
const PASSAGES: usize = 8;

/// A heading that covers this much of a question is that question, and its section the answer.
const SAME_QUESTION: f32 = 0.9;

/// Words that stand beside a column's name and say nothing more, normalised: "phone number".
const BESIDE_A_NAME: &[&str] = &[
    "number",
    "numbers",
    "nummer",
    "número",
    "numero",
    "numéro",
    "رقم",
    "ارقام",
];

/// What the documents' tables say to a question.
pub(super) enum Listing {
    /// These rows answer, in the documents' order.
    Rows(Rows),
    /// The table has every property asked for, but no row has all of them.
    Nothing,
    /// The question is none that a table answers.
    NotTabular,
}

/// What one table says.
struct Said {
    listing: Listing,
    /// Whether the question has what its rows are called by.
    named: bool,
    /// Whether it has the name of a column, too: then it points at the table.
    pointed: bool,
}

/// What the words of a question are to a table.
#[derive(Default)]
struct Asked<'a> {
    /// Words that some rows have and others don't.
    selecting: Vec<&'a Word>,
    /// Whether another is a column's name, or in the heading.
    has_name: bool,
    /// Whether any is a column's name, also one that selects.
    has_column: bool,
}

/// A row and where it stands.
pub(super) struct Placed<'a> {
    pub(super) passage: usize,
    pub(super) range: std::ops::Range<usize>,
    pub(super) row: Row<'a>,
    pub(super) language: &'a str,
    vocabulary: &'a Vocabulary,
}

/// Looks for the answer in the table of the best passage; where the question points at a row, wants a list, or asks for
/// a price and the like, also in those of the next ones, unless the best one stands under the very question.
pub(super) fn find(found: &Found, vocabulary: &Vocabulary) -> Listing {
    let pick = Pick::of(&found.question);
    if pick.denies && pick.unwanted(&found.query).next().is_none() {
        return Listing::NotTabular;
    }
    let first = find_beside(found, vocabulary, 0, &pick);
    let first = first.map_or(Listing::NotTabular, |said| said.listing);
    let asked_elsewhere = |first: &Ranked| found.heading_coverage(first) >= SAME_QUESTION;
    if let Listing::Rows(_) = first {
        return first;
    }
    if found.ranking.passages.first().is_some_and(asked_elsewhere) {
        return first;
    }
    let measures = pick.compares() || pick.costs || pick.lasts || pick.contains;
    let lists = wants_everything(&found.question);
    // What dishes contain may stand in another language than their names.
    let most = if pick.contains { usize::MAX } else { PASSAGES };
    let mut answers = (1..found.ranking.passages.len().min(most))
        .filter_map(|passage| find_beside(found, vocabulary, passage, &pick))
        .filter(|said| {
            matches!(&said.listing, Listing::Rows(rows)
                if measures || said.pointed || lists && rows.len() > 1)
        });
    let best = if pick.contains {
        // A table of what has nuts in it knows more of them than a dish that is called by one.
        let answers: Vec<Said> = answers.collect();
        let named = answers.iter().position(|said| said.named).unwrap_or(0);
        answers.into_iter().nth(named)
    } else {
        answers.next()
    };
    best.map_or(first, |said| said.listing)
}

/// Looks for the answer in the table that a passage holds part of; `None` where it is no table, or none that answers.
fn find_beside(
    found: &Found,
    vocabulary: &Vocabulary,
    passage: usize,
    pick: &Pick,
) -> Option<Said> {
    let passages = &found.ranking.passages;
    let sample = best_row(passages.get(passage)?)?;
    let document = passages[passage].candidate.passage.document;
    let mut rows: Vec<Placed<'_>> = rows(passages, document, vocabulary);
    rows.retain(|placed| placed.row.is_like(&sample));
    // A document in two languages says everything twice.
    let asked_in_arabic = is_arabic(&found.question);
    let is_readable = |placed: &Placed<'_>| placed.is_arabic(passages) == asked_in_arabic;
    if rows.iter().any(is_readable) {
        rows.retain(is_readable);
    }
    if !keep_picked(&mut rows, pick, found) {
        return None;
    }
    let costs = pick.costs && rows.iter().any(|placed| placed.row.amount().is_some());
    let lasts = pick.lasts && rows.iter().any(|placed| placed.row.has_duration());
    let mut words = pick.wanted(&found.query);
    words.retain(|word| {
        let text = word.text.as_str();
        let picks = costs && is_cost(text)
            || lasts && is_lasting(text)
            || pick.contains && is_containing(text);
        !picks
    });
    rows.retain(|placed| !lasts || placed.row.has_duration());
    let lists = asks_for_a_list(&found.question) || pick.compares();
    let asked = asked(&words, &rows, &passages[passage], lists)?;
    if passage > 0 && asked.selecting.is_empty() && !pick.compares() {
        return None;
    }
    if let Some(extreme) = pick.extreme {
        return Some(Said {
            listing: outermost(&rows, &asked.selecting, extreme),
            named: false,
            pointed: false,
        });
    }
    let picks = !pick.without.is_empty() || pick.bound.is_some() || costs || lasts;
    let all_generic = lists && words.iter().all(|word| word.is_generic);
    let names_a_column = asked.has_name || picks || all_generic;
    let mut listing = select(&rows, &asked.selecting, names_a_column, lists);
    if let Listing::Nothing = listing {
        // "Cookery books" on a sheet of books, some of which are called so themselves.
        let mut narrower = asked.selecting.clone();
        narrower.retain(|word| !is_in_heading(&passages[passage], word));
        if !narrower.is_empty() {
            listing = select(&rows, &narrower, names_a_column, lists);
        }
    }
    let is_named = |placed: &Placed<'_>| asked.selecting.iter().any(|word| placed.is_named(word));
    let named = rows
        .iter()
        .any(|placed| placed.has_all(&asked.selecting) && is_named(placed));
    let few = matches!(&listing, Listing::Rows(rows) if rows.len() <= FEW_ROWS);
    Some(Said {
        listing,
        named,
        pointed: named && asked.has_column && few,
    })
}

/// `None` where a word is nothing to the table.
fn asked<'a>(
    words: &'a [Word],
    rows: &[Placed<'_>],
    passage: &Ranked,
    lists: bool,
) -> Option<Asked<'a>> {
    let mut asked = Asked::default();
    for word in words.iter().filter(|word| !(lists && word.is_generic)) {
        let says: Vec<Says> = rows.iter().map(|placed| placed.says(word)).collect();
        let has = |what| says.contains(&what);
        let names = has(Says::Column);
        asked.has_column |= names;
        if has(Says::Yes) || has(Says::No) && names {
            asked.selecting.push(word);
        } else if names || is_in_heading(passage, word) {
            asked.has_name = true;
        } else if !word.is_generic && !BESIDE_A_NAME.contains(&word.text.as_str()) {
            return None;
        }
    }
    Some(asked)
}

/// Drops the rows that have what is not wanted, or cost too much or too little; false where the table says nothing
/// of that.
fn keep_picked(rows: &mut Vec<Placed<'_>>, pick: &Pick, found: &Found) -> bool {
    let is_known = |rows: &[Placed<'_>], word: &Word| {
        let mut says = rows.iter().map(|placed| placed.says(word));
        says.any(|says| says != Says::Nothing)
    };
    let denied: Vec<&Word> = pick
        .unwanted(&found.query)
        .filter(|word| is_known(rows, word))
        .collect();
    if denied.is_empty() && !pick.without.is_empty() && pick.denies {
        return false;
    }
    // A table of what things contain isn't one of things that don't.
    let is_about = |word: &&Word| rows.iter().any(|placed| placed.is_named(word));
    if denied.iter().any(is_about) {
        return false;
    }
    rows.retain(|placed| {
        let has = |word: &&Word| matches!(placed.says(word), Says::Yes | Says::Column);
        !denied.iter().any(has)
    });
    if pick.compares() {
        rows.retain(|placed| match (placed.row.amount(), pick.bound) {
            (Some(amount), Some(Bound::Below(most))) => amount <= most,
            (Some(amount), Some(Bound::Above(least))) => amount >= least,
            (Some(_), None) => true,
            (None, _) => false,
        });
    }
    !rows.is_empty()
}

/// The rows at one end of what those cost that have all that is asked for.
fn outermost(rows: &[Placed<'_>], selecting: &[&Word], extreme: Extreme) -> Listing {
    let answering = rows.iter().filter(|placed| placed.has_all(selecting));
    let priced: Vec<(&Placed<'_>, f64)> = answering
        .filter_map(|placed| Some((placed, placed.row.amount()?)))
        .collect();
    let amounts = priced.iter().map(|(_, amount)| *amount);
    let end = match extreme {
        Extreme::Lowest => amounts.min_by(f64::total_cmp),
        Extreme::Highest => amounts.max_by(f64::total_cmp),
    };
    let Some(end) = end else {
        return Listing::NotTabular;
    };
    let at_the_end = priced
        .iter()
        .filter(|(_, amount)| amount.total_cmp(&end).is_eq());
    Listing::Rows(
        at_the_end
            .map(|(placed, _)| placed.at())
            .take(MAX_ROWS)
            .collect(),
    )
}

fn select(rows: &[Placed<'_>], selecting: &[&Word], names_a_column: bool, lists: bool) -> Listing {
    if selecting.is_empty() && !names_a_column {
        return Listing::NotTabular;
    }
    let mut answers: Vec<&Placed<'_>> = rows
        .iter()
        .filter(|placed| placed.has_all(selecting))
        .collect();
    // "Does the hummus contain nuts?": that it doesn't is an answer too.
    if answers.is_empty() && !lists {
        answers.extend(rows.iter().filter(|placed| placed.denies(selecting)));
    }
    let is_called_so = |placed: &&Placed<'_>| selecting.iter().all(|word| placed.is_named(word));
    if !lists && answers.len() > FEW_ROWS && answers.iter().any(is_called_so) {
        answers.retain(is_called_so);
    }
    let most = match (lists, names_a_column && !selecting.is_empty()) {
        (true, _) => usize::MAX,
        (false, true) => FEW_NAMED_ROWS,
        (false, false) => FEW_ROWS,
    };
    match answers.len() {
        0 if lists => Listing::Nothing,
        0 => Listing::NotTabular,
        some if some > most => Listing::NotTabular,
        _ => Listing::Rows(answers.into_iter().map(Placed::at).take(MAX_ROWS).collect()),
    }
}

impl Placed<'_> {
    fn at(&self) -> (usize, std::ops::Range<usize>, String) {
        (
            self.passage,
            self.range.clone(),
            self.row.show(self.language),
        )
    }

    fn has_all(&self, words: &[&Word]) -> bool {
        let has = |word: &&Word| matches!(self.says(word), Says::Yes | Says::Column);
        words.iter().all(has)
    }

    /// Whether it is called by some of the words and expressly hasn't the rest.
    fn denies(&self, words: &[&Word]) -> bool {
        let answers = |word: &&Word| self.is_named(word) || self.says(word) == Says::No;
        words.iter().all(answers) && words.iter().any(|word| self.is_named(word))
    }

    pub(super) fn says(&self, word: &Word) -> Says {
        self.row.says(|text| self.is_in(word, text))
    }

    /// By its letters; the language of a passage with little text is a guess.
    fn is_arabic(&self, passages: &[Ranked]) -> bool {
        is_arabic(&passages[self.passage].candidate.passage.text[self.range.clone()])
    }

    /// Whether the word is in what the row is called by.
    fn is_named(&self, word: &Word) -> bool {
        self.row.name().is_some_and(|name| self.is_in(word, name))
    }

    fn is_in(&self, word: &Word, text: &str) -> bool {
        self.vocabulary.has(word, text, self.language)
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

/// Every row of a document, in its order; other documents' tables may say the same in another language.
pub(super) fn rows<'a>(
    passages: &'a [Ranked],
    document: DocumentId,
    vocabulary: &'a Vocabulary,
) -> Vec<Placed<'a>> {
    let of_document = passages
        .iter()
        .enumerate()
        .filter(|(_, ranked)| ranked.candidate.passage.document == document);
    let mut rows: Vec<Placed<'_>> = of_document
        .flat_map(|(passage, ranked)| {
            ranked.sentences.iter().filter_map(move |sentence| {
                let row = row_at(ranked, &sentence.range)?;
                Some(Placed {
                    passage,
                    range: sentence.range.clone(),
                    row,
                    language: &ranked.candidate.passage.language,
                    vocabulary,
                })
            })
        })
        .collect();
    rows.sort_by_key(|placed| {
        (
            passages[placed.passage].candidate.passage.ordinal,
            placed.range.start,
        )
    });
    rows
}

pub(super) fn is_in_heading(passage: &Ranked, word: &Word) -> bool {
    let passage = &passage.candidate.passage;
    analyse::terms(&passage.heading, &passage.language)
        .split(' ')
        .any(|term| word.terms().any(|known| known == term))
}
