//! Many answers in a few figures, and what another confidence threshold would do to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wafaa_domain::Verdict;

use super::measure::{auroc, mean, share};

/// Thresholds of the curve: 0, .05, … 1.
const STEPS: u32 = 20;

/// What the figures are made of: one question that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Whether nothing but a refusal is good.
    pub unanswerable: bool,
    /// What it came to.
    pub verdict: Verdict,
    /// Whether it was answered.
    pub answered: bool,
    /// How sure the bot was, in thousandths.
    pub confidence: i32,
    /// Where documents are expected: the place of the first of them, from 1, if it was found at all.
    pub place: Option<Option<u32>>,
    /// What wrote the answer.
    pub model: String,
    /// Tokens that its provider charges for.
    pub tokens: u32,
}

/// The figures of an evaluation. Shares lie between 0 and 1; one of nothing is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Questions tried.
    pub questions: u32,
    /// Those that the documents answer.
    pub answerable: u32,
    /// Those that came to a good verdict.
    pub passed: u32,
    /// How many came to each verdict.
    pub verdicts: BTreeMap<String, u32>,
    /// Of questions with expected documents: the share whose first document found is one of them.
    pub r1: Option<f64>,
    /// That have one among the first five.
    pub r5: Option<f64>,
    /// 1 ÷ the place of the first of them, on average.
    pub mrr: Option<f64>,
    /// Of answerable questions: the share that was answered, rightly or not.
    pub answered_share: Option<f64>,
    /// Of unanswerable questions: the share that was answered all the same.
    pub false_answer_share: Option<f64>,
    /// The probability that an answerable question gets more confidence than an unanswerable one.
    pub auroc: Option<f64>,
    /// What each threshold would do, lowest first.
    pub thresholds: Vec<Threshold>,
    /// Who wrote the answers, most first.
    pub writers: Vec<Writer>,
    /// Tokens that providers charge for.
    pub tokens: u64,
    /// Whether the documents or the bot's settings changed while questions were tried: then the figures are of no
    /// one version.
    pub changed_meanwhile: bool,
}

/// What a confidence threshold would do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The threshold.
    pub threshold: f64,
    /// Of answerable questions: the share that would be answered.
    pub answered_share: Option<f64>,
    /// Of unanswerable questions: the share that would be answered all the same.
    pub false_answer_share: Option<f64>,
}

/// Who wrote answers, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// A chat model's name, or [`crate::conversation::EXTRACTIVE`].
    pub model: String,
    /// Answers, refusals included.
    pub answers: u32,
}

impl Summary {
    /// The figures of these attempts, which were made with this threshold, in thousandths.
    pub fn of(attempts: &[Attempt], threshold: i32, changed_meanwhile: bool) -> Self {
        let (unanswerable, answerable): (Vec<&Attempt>, Vec<&Attempt>) =
            attempts.iter().partition(|attempt| attempt.unanswerable);
        let places: Vec<Option<u32>> = attempts
            .iter()
            .filter_map(|attempt| attempt.place)
            .collect();
        let confidences = |attempts: &[&Attempt]| -> Vec<f64> {
            attempts
                .iter()
                .map(|attempt| f64::from(attempt.confidence))
                .collect()
        };
        let within = |last: u32| mean(&places, |place| f64::from(u8::from(place <= last)));
        let answered = |attempts: &[&Attempt]| {
            let answered = attempts.iter().filter(|attempt| attempt.answered).count();
            share(answered, attempts.len())
        };
        let at = |step: u32| {
            let at = step * 1_000 / STEPS;
            let would = |attempts: &[&Attempt]| {
                let would = attempts
                    .iter()
                    .filter(|attempt| attempt.is_answered_at(at, threshold));
                share(would.count(), attempts.len())
            };
            Threshold {
                threshold: f64::from(at) / 1_000.0,
                answered_share: would(&answerable),
                false_answer_share: would(&unanswerable),
            }
        };
        let mut verdicts = BTreeMap::new();
        for attempt in attempts {
            *verdicts
                .entry(attempt.verdict.as_str().to_owned())
                .or_default() += 1;
        }
        let passed = attempts.iter().filter(|it| it.verdict.is_passed());
        Self {
            questions: count(attempts.len()),
            answerable: count(answerable.len()),
            passed: count(passed.count()),
            verdicts,
            r1: within(1),
            r5: within(5),
            mrr: mean(&places, |place| 1.0 / f64::from(place)),
            answered_share: answered(&answerable),
            false_answer_share: answered(&unanswerable),
            auroc: auroc(&confidences(&answerable), &confidences(&unanswerable)),
            thresholds: (0..=STEPS).map(at).collect(),
            writers: writers(attempts),
            tokens: attempts.iter().map(|it| u64::from(it.tokens)).sum(),
            changed_meanwhile,
        }
    }
}

impl Attempt {
    /// Whether it would be answered at the threshold `at`, having been tried with `tried`, both in thousandths.
    /// What a model declined though it was sure enough, it declines at every threshold.
    fn is_answered_at(&self, at: u32, tried: i32) -> bool {
        let declined = !self.answered && self.confidence >= tried;
        // Without a passage there is no answer, whatever the threshold.
        !declined && self.confidence > 0 && i64::from(self.confidence) >= i64::from(at)
    }
}

fn writers(attempts: &[Attempt]) -> Vec<Writer> {
    let mut answers: BTreeMap<&str, u32> = BTreeMap::new();
    for attempt in attempts {
        *answers.entry(&attempt.model).or_default() += 1;
    }
    let mut writers: Vec<Writer> = answers
        .into_iter()
        .map(|(model, answers)| Writer {
            model: model.to_owned(),
            answers,
        })
        .collect();
    writers.sort_by_key(|writer| std::cmp::Reverse(writer.answers));
    writers
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(verdict: Verdict, confidence: i32, place: Option<Option<u32>>) -> Attempt {
        Attempt {
            unanswerable: matches!(verdict, Verdict::Abstained | Verdict::FalseAnswer),
            verdict,
            answered: !matches!(verdict, Verdict::Abstained | Verdict::Missed),
            confidence,
            place,
            model: "extractive".into(),
            tokens: 3,
        }
    }

    fn attempts() -> Vec<Attempt> {
        vec![
            attempt(Verdict::Correct, 900, Some(Some(1))),
            attempt(Verdict::Correct, 700, None),
            attempt(Verdict::Wrong, 600, Some(Some(4))),
            attempt(Verdict::Missed, 400, Some(None)),
            attempt(Verdict::Abstained, 300, None),
            attempt(Verdict::FalseAnswer, 550, None),
        ]
    }

    #[test]
    fn the_figures_add_up() {
        let summary = Summary::of(&attempts(), 500, false);
        assert_eq!(
            (summary.questions, summary.answerable, summary.passed),
            (6, 4, 3)
        );
        assert_eq!(summary.verdicts["correct"], 2);
        assert_eq!(summary.verdicts.values().sum::<u32>(), 6);
        assert_eq!((summary.r1, summary.r5), (Some(1.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(summary.mrr, Some(1.25 / 3.0));
        assert_eq!(summary.answered_share, Some(0.75));
        assert_eq!(summary.false_answer_share, Some(0.5));
        // Of eight pairs all but (400, 550) are the right way round.
        assert_eq!(summary.auroc, Some(7.0 / 8.0));
        assert_eq!(summary.tokens, 18);
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    }

    #[test]
    fn the_curve_falls_from_all_to_nothing() {
        let summary = Summary::of(&attempts(), 500, false);
        let at = |threshold: f64| {
            let found = summary
                .thresholds
                .iter()
                .find(|it| (it.threshold - threshold).abs() < 1e-9);
            found.map(|it| (it.answered_share, it.false_answer_share))
        };
        assert_eq!(summary.thresholds.len(), 21);
        assert_eq!(at(0.0), Some((Some(1.0), Some(1.0))));
        assert_eq!(at(0.5), Some((Some(0.75), Some(0.5))));
        assert_eq!(at(0.6), Some((Some(0.75), Some(0.0))));
        assert_eq!(at(1.0), Some((Some(0.0), Some(0.0))));
        let falls = summary
            .thresholds
            .windows(2)
            .all(|pair| pair[0].answered_share >= pair[1].answered_share);
        assert!(falls);
    }

    #[test]
    fn what_a_model_declined_stays_declined() {
        let declined = attempt(Verdict::Missed, 800, None);
        let summary = Summary::of(&[declined], 500, false);
        assert!(
            summary
                .thresholds
                .iter()
                .all(|it| it.answered_share == Some(0.0))
        );
    }

    #[test]
    fn one_kind_alone_tells_nothing_of_the_other() {
        let summary = Summary::of(&[attempt(Verdict::Abstained, 100, None)], 500, true);
        assert_eq!(
            (
                summary.auroc,
                summary.answered_share,
                summary.r1,
                summary.mrr
            ),
            (None, None, None, None)
        );
        assert!(summary.changed_meanwhile);
        let of_nothing = Summary::of(&[], 500, false);
        assert_eq!((of_nothing.questions, of_nothing.auroc), (0, None));
    }
}
