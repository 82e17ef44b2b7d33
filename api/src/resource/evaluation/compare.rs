//! Two evaluations side by side, question by question.

use std::collections::HashMap;

use poem_openapi::Object;
use wafaa_domain::{EvaluationId, GoldenQuestionId};
use wafaa_storage::evaluation::TriedQuestion;

use super::view::Verdict;

/// What has become of the questions from one evaluation to another.
#[derive(Object)]
#[oai(rename = "EvaluationComparison")]
pub(super) struct Comparison {
    evaluation_id: String,
    /// What it is compared with; null when there is no earlier one.
    with_id: Option<String>,
    /// Questions that pass now, and did not.
    fixed: Vec<Move>,
    /// Questions that passed, and don't now.
    broken: Vec<Move>,
    /// Questions that pass as they did.
    unchanged_passed: u32,
    /// Questions that fail as they did, be it in another way.
    unchanged_failed: Vec<Move>,
    /// Questions whose words or expectation are others now: they can't be compared.
    reworded: u32,
    /// Questions that only the evaluation has.
    added: u32,
    /// Questions that only the other one has.
    removed: u32,
}

/// A question's two verdicts.
#[derive(Object)]
#[oai(rename = "EvaluationMove")]
struct Move {
    question_id: String,
    question: String,
    before: Verdict,
    after: Verdict,
}

impl Comparison {
    /// Compares what was tried now with what was tried before.
    pub(super) fn of(
        id: EvaluationId,
        with: Option<EvaluationId>,
        after: &[TriedQuestion],
        before: &[TriedQuestion],
    ) -> Self {
        let mut known: HashMap<GoldenQuestionId, &TriedQuestion> = before
            .iter()
            .map(|tried| (tried.question.id, tried))
            .collect();
        let mut comparison = Self {
            evaluation_id: id.to_string(),
            with_id: with.map(|with| with.to_string()),
            fixed: Vec::new(),
            broken: Vec::new(),
            unchanged_passed: 0,
            unchanged_failed: Vec::new(),
            reworded: 0,
            added: 0,
            removed: 0,
        };
        for tried in after {
            match known.remove(&tried.question.id) {
                None => comparison.added += 1,
                Some(before) => comparison.add(before, tried),
            }
        }
        comparison.removed = u32::try_from(known.len()).unwrap_or(u32::MAX);
        comparison
    }

    fn add(&mut self, before: &TriedQuestion, after: &TriedQuestion) {
        let (was, is) = (&before.question, &after.question);
        if was.question != is.question || was.expected != is.expected {
            self.reworded += 1;
            return;
        }
        let (was, is) = (before.outcome.verdict, after.outcome.verdict);
        let change = Move {
            question_id: after.question.id.to_string(),
            question: after.question.question.clone(),
            before: was.into(),
            after: is.into(),
        };
        match (was.is_passed(), is.is_passed()) {
            (false, true) => self.fixed.push(change),
            (true, false) => self.broken.push(change),
            (true, true) => self.unchanged_passed += 1,
            (false, false) => self.unchanged_failed.push(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use wafaa_domain::{Expected, Verdict as Judged};
    use wafaa_storage::evaluation::{Outcome, Question};

    use super::*;

    fn tried(id: GoldenQuestionId, question: &str, verdict: Judged) -> TriedQuestion {
        TriedQuestion {
            question: Question {
                id,
                question: question.into(),
                expected: Expected::Unanswerable,
                language: None,
            },
            outcome: Outcome {
                verdict,
                answered: false,
                confidence: 100,
                place: None,
                document_cited: None,
                phrases_found: None,
                answer: String::new(),
                citations: serde_json::json!([]),
                model: "extractive".into(),
                tokens: 0,
            },
        }
    }

    #[test]
    fn every_question_is_in_one_place() {
        let ids: Vec<GoldenQuestionId> = (0..7).map(|_| GoldenQuestionId::new()).collect();
        let (good, bad) = (Judged::Abstained, Judged::FalseAnswer);
        let before = [
            tried(ids[0], "a", bad),
            tried(ids[1], "b", good),
            tried(ids[2], "c", good),
            tried(ids[3], "d", bad),
            tried(ids[4], "e", bad),
            tried(ids[5], "f", bad),
        ];
        let after = [
            tried(ids[0], "a", good),
            tried(ids[1], "b", bad),
            tried(ids[2], "c", good),
            tried(ids[3], "d", bad),
            tried(ids[4], "another", good),
            tried(ids[6], "g", good),
        ];
        let (one, other) = (EvaluationId::new(), EvaluationId::new());
        let found = Comparison::of(one, Some(other), &after, &before);
        let questions = |moves: &[Move]| -> Vec<String> {
            moves.iter().map(|it| it.question.clone()).collect()
        };
        assert_eq!(questions(&found.fixed), ["a"]);
        assert_eq!(questions(&found.broken), ["b"]);
        assert_eq!(questions(&found.unchanged_failed), ["d"]);
        assert_eq!(
            (
                found.unchanged_passed,
                found.reworded,
                found.added,
                found.removed
            ),
            (1, 1, 1, 1)
        );
    }

    #[test]
    fn without_an_earlier_one_everything_is_new() {
        let after = [tried(GoldenQuestionId::new(), "a", Judged::Abstained)];
        let found = Comparison::of(EvaluationId::new(), None, &after, &[]);
        assert_eq!(
            (found.added, found.with_id, found.fixed.len()),
            (1, None, 0)
        );
    }
}
