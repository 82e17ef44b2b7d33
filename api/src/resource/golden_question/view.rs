//! How golden questions are shown, described and changed.

use poem_openapi::{Object, types::MaybeUndefined};
use wafaa_domain::{DocumentId, Expected};
use wafaa_storage::golden_question::{self, NewGoldenQuestion};

use crate::{
    error::{Error, Result},
    problem::FieldError,
    resource::time,
};

/// Documents, and phrases, that one question expects at most.
const EXPECTED: usize = 20;
/// Characters of a question, and of notes.
const LONG: usize = 2_000;
/// Characters of a phrase.
const PHRASE: usize = 300;
/// What separates phrases where they stand in one cell.
pub(super) const SEPARATOR: char = '|';

/// A question whose good answer is known.
#[derive(Object)]
pub(super) struct GoldenQuestion {
    id: String,
    question: String,
    /// Documents of which a good answer cites one.
    expected_documents: Vec<String>,
    /// What a good answer says, in these words: all of them.
    expected_phrases: Vec<String>,
    /// Whether the documents don't say it, so that a good answer is that the bot doesn't have the information.
    unanswerable: bool,
    /// Its language as a two-letter code.
    language: Option<String>,
    notes: Option<String>,
    created_at: String,
    updated_at: String,
}

/// Expect a document, a phrase, or several; or nothing but that it is unanswerable.
#[derive(Object)]
#[oai(rename = "NewGoldenQuestion")]
pub(super) struct NewQuestion {
    #[oai(validator(min_length = 1, max_length = 2000))]
    question: String,
    /// Documents of which a good answer cites one.
    #[oai(validator(max_items = 20))]
    expected_documents: Option<Vec<String>>,
    /// What a good answer says, in these words: all of them.
    #[oai(validator(max_items = 20))]
    expected_phrases: Option<Vec<String>>,
    unanswerable: Option<bool>,
    /// Its language as a two-letter code.
    #[oai(validator(min_length = 2, max_length = 2))]
    language: Option<String>,
    #[oai(validator(max_length = 2000))]
    notes: Option<String>,
}

/// What to change; the rest stays. Made unanswerable, a question expects nothing else any more; expecting something,
/// it is no longer unanswerable.
#[derive(Object)]
pub(super) struct GoldenQuestionChange {
    #[oai(validator(min_length = 1, max_length = 2000))]
    question: Option<String>,
    #[oai(validator(max_items = 20))]
    expected_documents: Option<Vec<String>>,
    #[oai(validator(max_items = 20))]
    expected_phrases: Option<Vec<String>>,
    unanswerable: Option<bool>,
    language: MaybeUndefined<String>,
    notes: MaybeUndefined<String>,
}

/// A question as somebody has written it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) question: String,
    pub(super) documents: Vec<String>,
    pub(super) phrases: Vec<String>,
    pub(super) unanswerable: bool,
    pub(super) language: Option<String>,
    pub(super) notes: Option<String>,
}

impl Written {
    /// The question, if nothing is wrong with it; else all that is.
    pub(super) fn checked(self) -> Result<NewGoldenQuestion, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut check = |holds: bool, field: &str, message: &str| {
            if !holds {
                errors.push(FieldError::new(field, message));
            }
        };
        let question = self.question.trim().to_owned();
        check(
            !question.is_empty() && question.chars().count() <= LONG,
            "question",
            "has 1 to 2,000 characters",
        );
        let documents: Vec<DocumentId> = self
            .documents
            .iter()
            .filter_map(|id| id.trim().parse().ok())
            .collect();
        check(
            documents.len() == self.documents.len() && documents.len() <= EXPECTED,
            "expected_documents",
            "lists at most 20 ids of documents, such as `doc_…`",
        );
        let phrases: Vec<String> = self
            .phrases
            .iter()
            .map(|phrase| phrase.trim().to_owned())
            .collect();
        check(
            phrases.iter().all(|phrase| is_phrase(phrase)) && phrases.len() <= EXPECTED,
            "expected_phrases",
            "lists at most 20 phrases of 1 to 300 characters, with a letter or digit and without `|`",
        );
        let language = self.language.map(|code| code.trim().to_lowercase());
        let is_code =
            |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase());
        check(
            language.as_ref().is_none_or(is_code),
            "language",
            "is a two-letter code such as `en`",
        );
        let notes = self.notes.filter(|notes| !notes.trim().is_empty());
        check(
            notes.as_ref().is_none_or(|it| it.chars().count() <= LONG),
            "notes",
            "has at most 2,000 characters",
        );
        if !errors.is_empty() {
            return Err(errors);
        }
        let expected = Expected::new(documents, phrases, self.unanswerable)
            .map_err(|invalid| vec![FieldError::new("unanswerable", invalid)])?;
        Ok(NewGoldenQuestion {
            question,
            expected,
            language,
            notes,
        })
    }
}

/// Whether it can be found in an answer, and written into a cell.
fn is_phrase(phrase: &str) -> bool {
    phrase.chars().count() <= PHRASE
        && phrase.chars().any(char::is_alphanumeric)
        && !phrase.contains(SEPARATOR)
}

impl NewQuestion {
    pub(super) fn checked(self) -> Result<NewGoldenQuestion> {
        let written = Written {
            question: self.question,
            documents: self.expected_documents.unwrap_or_default(),
            phrases: self.expected_phrases.unwrap_or_default(),
            unanswerable: self.unanswerable.unwrap_or(false),
            language: self.language,
            notes: self.notes,
        };
        written.checked().map_err(Error::Invalid)
    }
}

impl GoldenQuestionChange {
    /// The question as it is to be.
    pub(super) fn over(self, before: NewGoldenQuestion) -> Result<NewGoldenQuestion> {
        let says_more = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|it| !it.is_empty());
        let says_more = says_more(&self.expected_documents) || says_more(&self.expected_phrases);
        let unanswerable = self
            .unanswerable
            .unwrap_or(before.expected.is_unanswerable() && !says_more);
        // What was expected before is not, of a question that is unanswerable now.
        let kept = |list: Vec<String>| if unanswerable { Vec::new() } else { list };
        let documents = before.expected.documents().iter();
        let written = Written {
            question: self.question.unwrap_or(before.question),
            documents: self
                .expected_documents
                .unwrap_or_else(|| kept(documents.map(ToString::to_string).collect())),
            phrases: self
                .expected_phrases
                .unwrap_or_else(|| kept(before.expected.phrases().to_vec())),
            unanswerable,
            language: changed(self.language, before.language),
            notes: changed(self.notes, before.notes),
        };
        written.checked().map_err(Error::Invalid)
    }
}

fn changed(change: MaybeUndefined<String>, before: Option<String>) -> Option<String> {
    match change {
        MaybeUndefined::Undefined => before,
        MaybeUndefined::Null => None,
        MaybeUndefined::Value(value) => Some(value),
    }
}

impl From<golden_question::GoldenQuestion> for GoldenQuestion {
    fn from(found: golden_question::GoldenQuestion) -> Self {
        let NewGoldenQuestion {
            question,
            expected,
            language,
            notes,
        } = found.content;
        Self {
            id: found.id.to_string(),
            question,
            expected_documents: expected
                .documents()
                .iter()
                .map(ToString::to_string)
                .collect(),
            expected_phrases: expected.phrases().to_vec(),
            unanswerable: expected.is_unanswerable(),
            language,
            notes,
            created_at: time(found.created_at),
            updated_at: time(found.updated_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before() -> NewGoldenQuestion {
        NewGoldenQuestion {
            question: "How much is it?".into(),
            expected: Expected::new(Vec::new(), vec!["32 SAR".into()], false).unwrap(),
            language: Some("en".into()),
            notes: None,
        }
    }

    fn change() -> GoldenQuestionChange {
        GoldenQuestionChange {
            question: None,
            expected_documents: None,
            expected_phrases: None,
            unanswerable: None,
            language: MaybeUndefined::Undefined,
            notes: MaybeUndefined::Undefined,
        }
    }

    #[test]
    fn every_mistake_is_named() {
        let written = Written {
            question: " ".into(),
            documents: vec!["msg_1".into()],
            phrases: vec!["?!".into()],
            unanswerable: false,
            language: Some("english".into()),
            notes: None,
        };
        let errors = written.checked().unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "question",
                "expected_documents",
                "expected_phrases",
                "language"
            ]
        );
        let nothing = Written {
            question: "Why?".into(),
            ..Written::default()
        };
        assert_eq!(nothing.checked().unwrap_err()[0].field, "unanswerable");
    }

    #[test]
    fn unanswerable_and_back() {
        let unanswerable = GoldenQuestionChange {
            unanswerable: Some(true),
            ..change()
        };
        let after = unanswerable.over(before()).ok().unwrap();
        assert!(after.expected.is_unanswerable());
        assert_eq!(after.language.as_deref(), Some("en"));
        let back = GoldenQuestionChange {
            expected_phrases: Some(vec!["35 SAR".into()]),
            language: MaybeUndefined::Null,
            ..change()
        };
        let after = back.over(after).ok().unwrap();
        assert_eq!(after.expected.phrases(), ["35 SAR"]);
        assert_eq!(after.language, None);
        let same = change().over(before()).ok().unwrap();
        assert_eq!(same, before());
    }
}
