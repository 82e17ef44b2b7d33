//! Answers from tables: all the rows that have what is asked for, and no other.
//!
//! The words of a question fall into those that some rows have and others don't, which select; those that
//! name a column or say "dishes" or "options", which don't; and any other. One word of the last kind and
//! the table can't answer: vegan dishes are no answer to "vegan burgers".

use super::{
    super::rank::Ranked,
    row::{Row, Says},
};
use crate::{
    conversation::retrieve::Found,
    knowledge::analyse::{self, Word},
};

/// The most rows in an answer.
const MAX_ROWS: usize = 30;

/// The most rows for a question that doesn't ask for a list; more are no answer to "how much is …?".
const FEW_ROWS: usize = 3;

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

/// Looks for the answer in the table of the best passage.
pub(super) fn find(found: &Found) -> Listing {
    let passages = &found.ranking.passages;
    let Some(sample) = passages.first().and_then(best_row) else { return Listing::NotTabular };
    if denies(&found.question) {
        return Listing::NotTabular;
    }
    let mut rows: Vec<Placed<'_>> = rows(passages).into_iter().filter(|placed| placed.row.is_like(&sample)).collect();
    rows.sort_by_key(|placed| (passages[placed.passage].candidate.passage.ordinal, placed.range.start));
    let mut selecting: Vec<&Word> = Vec::new();
    let mut names_a_column = false;
    for word in &found.query.words {
        let says: Vec<Says> = rows.iter().map(|placed| placed.says(word)).collect();
        if says.contains(&Says::Yes) {
            selecting.push(word);
        } else if says.contains(&Says::Column) || is_in_heading(&passages[0], word) {
            names_a_column = true;
        } else if !is_generic(word) {
            return Listing::NotTabular;
        }
    }
    select(found, &rows, &selecting, names_a_column)
}

fn select(found: &Found, rows: &[Placed<'_>], selecting: &[&Word], names_a_column: bool) -> Listing {
    if selecting.is_empty() && !names_a_column {
        return Listing::NotTabular;
    }
    let answers: Vec<_> = rows
        .iter()
        .filter(|placed| selecting.iter().all(|word| placed.says(word) == Says::Yes))
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
            analyse::terms(text, self.language).split(' ').any(|term| word.terms.iter().any(|known| known == term))
        })
    }
}

/// The row nearest to the question, where the nearest sentence of the passage, or its first, is one.
fn best_row(passage: &Ranked) -> Option<Row<'_>> {
    let best = passage.best_sentence().and_then(|sentence| Row::parse(passage.text_of(sentence)));
    best.or_else(|| passage.sentences.first().and_then(|first| Row::parse(passage.text_of(first))))
}

/// Every row of the best passage's document; other documents' tables may say the same in another language.
fn rows(passages: &[Ranked]) -> Vec<Placed<'_>> {
    let document = passages[0].candidate.passage.document;
    let of_document = passages.iter().enumerate().filter(|(_, ranked)| ranked.candidate.passage.document == document);
    of_document
        .flat_map(|(passage, ranked)| {
            ranked.sentences.iter().filter_map(move |sentence| {
                let row = Row::parse(ranked.text_of(sentence))?;
                Some(Placed { passage, range: sentence.range.clone(), row, language: &ranked.candidate.passage.language })
            })
        })
        .collect()
}

fn is_in_heading(passage: &Ranked, word: &Word) -> bool {
    let passage = &passage.candidate.passage;
    analyse::terms(&passage.heading, &passage.language).split(' ').any(|term| word.terms.iter().any(|known| known == term))
}

/// A question that asks for what is not, which rows can't be picked for.
fn denies(question: &str) -> bool {
    const DENIALS: &[&str] = &[
        "not", "without", "no", "non", "except", "don't", "doesn't", "isn't", "aren't", "ohne", "kein", "keine", "nicht",
        "sin", "sans", "pas", "excepto", "sauf", "بدون", "غير", "ليس", "ليست", "لا", "ما عدا", "إلا",
    ];
    question.to_lowercase().split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’'))).any(|word| DENIALS.contains(&word.replace('’', "'").as_str()))
}

/// Questions that want everything there is rather than one thing.
fn asks_for_a_list(question: &str) -> bool {
    const CUES: &[&str] = &[
        "what ", "which ", "list ", "show ", "all ", "any ", "do you have", "do you offer", "do you sell", "do you serve",
        "are there", "options", "welche", "liste", "gibt es", "habt ihr", "haben sie", "was für", "alle ", "qué ", "cuáles",
        "tienen", "hay ", "lista", "quels", "quelles", "avez-vous", "y a-t-il", "ما هي", "ماهي", "ما ", "أي ", "اي ",
        "هل لديكم", "هل عندكم", "هل يوجد", "هل توجد", "اعرض", "قائمة", "كل ", "جميع", "أنواع", "وش ", "ايش",
    ];
    let question = format!(" {} ", question.to_lowercase());
    CUES.iter().any(|cue| question.contains(&format!(" {cue}")))
}

/// Words for whatever a table lists, and for what one does with it, which select nothing.
fn is_generic(word: &Word) -> bool {
    const GENERIC: &[&str] = &[
        "option", "options", "dish", "dishes", "item", "items", "food", "foods", "meal", "meals", "product", "products",
        "thing", "things", "plate", "plates", "choice", "choices", "kind", "kinds", "type", "types", "menu", "list",
        "offer", "sell", "serve", "available", "all", "show", "get", "buy", "order", "much", "many", "cost", "costs",
        "price", "prices", "else", "currently", "today", "give", "eat", "carry", "stock", "there", "every",
        "gerichte", "speisen", "optionen", "produkte", "angebot", "speisekarte", "preis", "kostet", "kosten", "alle",
        "viel", "liste", "platos", "opciones", "productos", "menú", "precio", "cuesta", "cuánto", "lista", "ofrecen",
        "plats", "options", "produits", "prix", "coûte", "liste", "proposez", "الاطباق", "اطباق", "الخيارات", "خيارات",
        "الاصناف", "اصناف", "الوجبات", "وجبات", "الانواع", "انواع", "المنتجات", "منتجات", "الماكولات", "القائمه", "قائمه",
        "المتوفره", "المتاحه", "متوفره", "تقدمون", "تبيعون", "سعر", "السعر", "كل", "جميع", "اعرض", "طبق", "الطبق",
    ];
    GENERIC.contains(&word.text.as_str())
}
