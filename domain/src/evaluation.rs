//! What a golden question expects, and what trying it came to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{DocumentId, UnknownName, job::names};

/// What a good answer to a golden question is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// The documents don't say it: the bot is to say that it doesn't have the information.
    Unanswerable,
    /// An answer that cites one of these documents, where any are named, and has all of these phrases. At least
    /// one document or phrase is named.
    Answer {
        /// Documents that answer.
        documents: Vec<DocumentId>,
        /// What the answer has to say, in these words.
        phrases: Vec<String>,
    },
}

/// What is expected of a question is not said, or said twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name a document or a phrase, or say that it is unanswerable, and not both")]
pub struct InvalidExpected;

impl Expected {
    /// Reads the three parts that it is written in.
    ///
    /// # Errors
    /// When neither of them says anything, or they contradict each other.
    pub fn new(
        documents: Vec<DocumentId>,
        phrases: Vec<String>,
        unanswerable: bool,
    ) -> Result<Self, InvalidExpected> {
        let is_named = !documents.is_empty() || !phrases.is_empty();
        match (unanswerable, is_named) {
            (true, false) => Ok(Self::Unanswerable),
            (false, true) => Ok(Self::Answer { documents, phrases }),
            (true, true) | (false, false) => Err(InvalidExpected),
        }
    }

    /// Documents that answer; none where it is unanswerable.
    #[must_use]
    pub fn documents(&self) -> &[DocumentId] {
        match self {
            Self::Unanswerable => &[],
            Self::Answer { documents, .. } => documents,
        }
    }

    /// What the answer has to say; nothing where it is unanswerable.
    #[must_use]
    pub fn phrases(&self) -> &[String] {
        match self {
            Self::Unanswerable => &[],
            Self::Answer { phrases, .. } => phrases,
        }
    }

    /// Whether the bot is to say that it doesn't have the information.
    #[must_use]
    pub const fn is_unanswerable(&self) -> bool {
        matches!(self, Self::Unanswerable)
    }
}

names! {
    /// What trying a golden question came to.
    Verdict, "verdict":
    /// Answered as expected.
    Correct = "correct",
    /// Not answered, and nothing else was expected.
    Abstained = "abstained",
    /// Answered, but without what was expected.
    Wrong = "wrong",
    /// Not answered, though the documents should.
    Missed = "missed",
    /// Answered, though the documents don't say it.
    FalseAnswer = "false_answer",
}

impl Verdict {
    /// Whether the bot did what was expected.
    #[must_use]
    pub const fn is_passed(self) -> bool {
        matches!(self, Self::Correct | Self::Abstained)
    }
}

names! {
    /// Where an evaluation stands.
    EvaluationState, "evaluation state":
    /// Its first question has not been tried.
    Queued = "queued",
    /// Questions are being tried.
    Running = "running",
    /// All have been tried.
    Finished = "finished",
    /// Given up.
    Failed = "failed",
    /// Called off.
    Cancelled = "cancelled",
}

names! {
    /// What began an evaluation.
    Trigger, "trigger":
    /// Somebody asked for it.
    Request = "request",
    /// The documents that answer have changed.
    Change = "change",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_thing_is_expected() {
        let phrase = || vec!["32 SAR".to_owned()];
        assert_eq!(
            Expected::new(Vec::new(), Vec::new(), true),
            Ok(Expected::Unanswerable)
        );
        let answer = Expected::new(Vec::new(), phrase(), false).unwrap();
        assert_eq!(answer.phrases(), ["32 SAR"]);
        assert!(!answer.is_unanswerable());
        assert!(Expected::new(vec![DocumentId::new()], Vec::new(), false).is_ok());
        assert!(Expected::new(Vec::new(), Vec::new(), false).is_err());
        assert!(Expected::new(Vec::new(), phrase(), true).is_err());
    }

    #[test]
    fn two_verdicts_are_good_and_all_read_back() {
        let passed = Verdict::ALL.iter().filter(|verdict| verdict.is_passed());
        assert_eq!(passed.count(), 2);
        for verdict in Verdict::ALL {
            assert_eq!(verdict.as_str().parse(), Ok(*verdict));
        }
    }
}
