//! `wafaa eval answers`: whether answers hold what is expected, and whether the bot knows what it doesn't know.

use serde::Serialize;
use wafaa_domain::BotSettings;
use wafaa_pipelines::{conversation::Answer, knowledge::analyse};

use super::{
    score::{Told, share},
    scratch::Scratch,
    sets::{self, Question, Set},
    shelf::Shelf,
};
use crate::{
    cli::{Output, Questions},
    config::Config,
};

/// Passages an answer is made from.
const TOP_K: usize = 8;

/// The thresholds of the curve, in hundredths.
const CURVE: [u8; 9] = [20, 25, 30, 35, 40, 45, 50, 60, 70];

/// One set's figures.
#[derive(Debug, Serialize)]
struct Row {
    set: String,
    language: &'static str,
    questions: usize,
    /// The share of all questions whose answer holds what is expected, everything being there; where that is known.
    gold: Option<f64>,
    /// The share that is answered at all.
    answered: f64,
    /// Letters of an answer that is given, on average.
    letters: f64,
    /// With every other topic absent.
    told: Told,
    /// The same at the default threshold: the share answered of questions with an answer, and of those without.
    half_answered: f64,
    half_false: f64,
    /// What other thresholds would do.
    curve: Vec<Point>,
}

/// What a threshold does.
#[derive(Debug, Serialize)]
struct Point {
    threshold: f32,
    /// As in [`Row`].
    gold: Option<f64>,
    answered: f64,
    half_answered: f64,
    half_false: f64,
}

pub(super) async fn run(config: Config, asked: &Questions, output: Output) -> anyhow::Result<()> {
    let sets = sets::read(&asked.dir, asked.set.as_deref())?;
    let scratch = Scratch::open(config).await?;
    let mut rows = Vec::new();
    for set in &sets {
        rows.push(measure(&scratch, set, asked.questions).await?);
    }
    print(output, &rows)
}

async fn measure(scratch: &Scratch, set: &Set, most: usize) -> anyhow::Result<Row> {
    let questions = set.questions(most);
    let whole = scratch.shelf(set, |_| true).await?;
    let answers = ask(scratch, &whole, &questions).await?;
    scratch.clear(&whole).await?;
    let is_present = |article: usize| set.articles[article].topic.is_multiple_of(2);
    let half = scratch.shelf(set, is_present).await?;
    let halved = ask(scratch, &half, &questions).await?;
    scratch.clear(&half).await?;

    let of_half = |present: bool| {
        let pairs = questions.iter().zip(&halved);
        pairs.filter(move |((article, _), _)| is_present(*article) == present)
    };
    let confidences = |present| of_half(present).map(|(_, answer)| f64::from(answer.confidence));
    let known = questions
        .iter()
        .any(|(_, question)| !question.gold.is_empty());
    let at = |threshold: f32| {
        let is_answered = |answer: &Answer| answer.answered && answer.confidence >= threshold;
        let right = questions
            .iter()
            .zip(&answers)
            .map(|((_, question), answer)| is_answered(answer) && holds(&answer.answer, question));
        let half = |present| share(of_half(present).map(|(_, answer)| is_answered(answer)));
        Point {
            threshold,
            gold: known.then(|| share(right)),
            answered: share(answers.iter().map(is_answered)),
            half_answered: half(true),
            half_false: half(false),
        }
    };
    let default = BotSettings::default().confidence_threshold;
    let Point {
        gold,
        answered,
        half_answered,
        half_false,
        ..
    } = at(default);
    let letters = answers
        .iter()
        .filter(|answer| answer.confidence >= default)
        .map(|answer| answer.answer.chars().count());
    let (answers_shown, letters) = letters.fold((0, 0), |(n, sum), one| (n + 1, sum + one));
    Ok(Row {
        set: set.name.clone(),
        language: set.language,
        questions: questions.len(),
        gold,
        answered,
        letters: letters as f64 / f64::from(answers_shown.max(1)),
        told: Told::of(confidences(true).collect(), confidences(false).collect()),
        half_answered,
        half_false,
        curve: CURVE
            .map(|at_hundredths| at(f32::from(at_hundredths) / 100.0))
            .into(),
    })
}

/// Answers whatever confidence there is in them: what a threshold would have refused is told afterwards.
async fn ask(
    scratch: &Scratch,
    shelf: &Shelf,
    questions: &[(usize, &Question)],
) -> anyhow::Result<Vec<Answer>> {
    let bot = BotSettings {
        confidence_threshold: 0.0,
        ..BotSettings::default()
    };
    let mut answers = Vec::with_capacity(questions.len());
    for (_, question) in questions {
        let responder = &scratch.runtime.services.responder;
        answers.push(
            responder
                .respond(&shelf.scope, &bot, &question.text, TOP_K)
                .await?,
        );
    }
    Ok(answers)
}

/// Whether one of the expected texts is in the answer, spelling and white space aside.
fn holds(answer: &str, question: &Question) -> bool {
    let plain = |text: &str| format!(" {} ", analyse::words(text).collect::<Vec<_>>().join(" "));
    let answer = plain(answer);
    question
        .gold
        .iter()
        .any(|gold| answer.contains(&plain(gold)))
}

fn print(output: Output, rows: &[Row]) -> anyhow::Result<()> {
    let header = [
        "SET",
        "",
        "QUESTIONS",
        "GOLD IN ANSWER",
        "ANSWERED",
        "LETTERS",
        "HALF ABSENT: AUROC",
        "ANSWERED AT 5 %",
        "THRESHOLD",
        "ANSWERED",
        "FALSELY",
    ];
    crate::command::print(output, rows, &header, |row| {
        vec![
            row.set.clone(),
            row.language.to_owned(),
            row.questions.to_string(),
            row.gold.map(number).unwrap_or_default(),
            number(row.answered),
            format!("{:.0}", row.letters),
            number(row.told.auroc),
            number(row.told.answered_at_5),
            number(row.told.threshold),
            number(row.half_answered),
            number(row.half_false),
        ]
    })?;
    if output == Output::Json {
        return Ok(());
    }
    let points: Vec<(&str, &Point)> = rows
        .iter()
        .flat_map(|row| row.curve.iter().map(|point| (row.set.as_str(), point)))
        .collect();
    let header = [
        "SET",
        "THRESHOLD",
        "GOLD IN ANSWER",
        "ANSWERED",
        "HALF ABSENT: ANSWERED",
        "FALSELY",
    ];
    println!();
    crate::command::print(output, &points, &header, |(set, point)| {
        vec![
            (*set).to_owned(),
            format!("{:.2}", point.threshold),
            point.gold.map(number).unwrap_or_default(),
            number(point.answered),
            number(point.half_answered),
            number(point.half_false),
        ]
    })
}

fn number(value: f64) -> String {
    format!("{value:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_words_and_not_parts_of_them() {
        let question = Question {
            gold: vec!["308".into(), "three hundred".into()],
            ..Question::default()
        };
        assert!(holds("They gave up 308 points. [1]", &question));
        assert!(holds("They gave up Three  hundred points.", &question));
        assert!(!holds("They gave up 1308 points.", &question));
    }
}
