//! Fits the confidence: to questions of the demo businesses' customers, which are what it is for, and to sets
//! nobody here wrote, of which half the articles are indexed and all questions asked.

use wafaa_pipelines::{
    conversation::{Features, Ranked},
    knowledge::analyse::Query,
};

use crate::Library;

use super::{
    corpus::{Article, Indexed, strangers},
    demo::QUESTIONS,
    measure::sets,
};

/// Sizes of the indexes: a small business's, and the whole set.
const SIZES: [usize; 3] = [12, 40, usize::MAX];

#[derive(Clone)]
struct Example {
    inputs: [f64; 9],
    /// Sets of different sizes count the same.
    weight: f64,
    right: bool,
    confidence: f32,
}

impl Example {
    fn new(features: &Features, right: bool, confidence: f32) -> Self {
        let mut inputs = [1.0; 9];
        for (input, value) in inputs[1..].iter_mut().zip(features.values()) {
            *input = f64::from(value);
        }
        Self {
            inputs,
            weight: 1.0,
            right,
            confidence,
        }
    }
}

/// Asks every question of an index that holds every other article; an English one also a bank's customers'
/// questions, since the COVID FAQ says most things more than once and so has few questions without an answer.
async fn ask_half(articles: &[Article], language: &'static str, examples: &mut Vec<Example>) {
    let numbered: Vec<(usize, &Article)> = articles.iter().enumerate().collect();
    let half: Vec<(usize, &Article)> = numbered
        .iter()
        .filter(|(number, _)| number % 2 == 0)
        .copied()
        .collect();
    let indexed = Indexed::new(&half, language).await;
    if language == "en" {
        for question in strangers().iter().step_by(30) {
            let ranking = indexed.ask(question).await;
            examples.push(Example::new(&ranking.features, false, ranking.confidence));
        }
    }
    for (number, article) in &numbered {
        for question in article.questions.iter().take(3) {
            let ranking = indexed.ask(question).await;
            let first = ranking.passages.first();
            let right = first
                .is_some_and(|first| indexed.article(first.candidate.passage.ordinal) == *number);
            examples.push(Example::new(&ranking.features, right, ranking.confidence));
        }
    }
}

/// Logistic regression by gradient descent, with a little shrinkage.
fn fit(examples: &[Example], used: [bool; 9]) -> [f64; 9] {
    let mut weights = [0.0; 9];
    let total: f64 = examples.iter().map(|example| example.weight).sum();
    for _ in 0..20_000 {
        let mut slope = [0.0; 9];
        for example in examples {
            let error = f64::from(u8::from(example.right)) - probability(&weights, example);
            slope
                .iter_mut()
                .zip(example.inputs)
                .for_each(|(slope, input)| *slope += example.weight * error * input);
        }
        for (index, weight) in weights
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| used[*index])
        {
            let shrink = if index == 0 { 0.0 } else { 0.001 * *weight };
            *weight += 0.5 * (slope[index] / total - shrink);
        }
    }
    weights
}

fn probability(weights: &[f64; 9], example: &Example) -> f64 {
    let z: f64 = weights
        .iter()
        .zip(example.inputs)
        .map(|(weight, input)| weight * input)
        .sum();
    1.0 / (1.0 + (-z).exp())
}

/// The probability that a right answer scores above a wrong one, and the share of right ones above the score
/// that 5 % of wrong ones reach.
fn quality(examples: &[Example], score: impl Fn(&Example) -> f64) -> (f64, f64) {
    let scores = |right: bool| {
        let mut scores: Vec<f64> = examples
            .iter()
            .filter(|example| example.right == right)
            .map(&score)
            .collect();
        scores.sort_by(f64::total_cmp);
        scores
    };
    let (right, wrong) = (scores(true), scores(false));
    let above: usize = right
        .iter()
        .map(|score| wrong.partition_point(|wrong| wrong < score))
        .sum();
    let threshold = wrong[wrong.len() * 95 / 100];
    let kept = right.len() - right.partition_point(|score| *score <= threshold);
    (
        above as f64 / (right.len() * wrong.len()) as f64,
        kept as f64 / right.len() as f64,
    )
}

fn report(name: &str, examples: &[Example], used: [bool; 9]) {
    let weights = fit(examples, used);
    let fitted = quality(examples, |example| probability(&weights, example));
    let built_in = quality(examples, |example| f64::from(example.confidence));
    let at_half = |right: bool| {
        let of: Vec<&Example> = examples
            .iter()
            .filter(|example| example.right == right)
            .collect();
        of.iter()
            .filter(|example| example.confidence >= 0.5)
            .count() as f64
            / of.len() as f64
    };
    println!(
        "{name}: {} examples; fitted {weights:.2?} AUROC, right at 5% wrong {fitted:.3?}; built in {built_in:.3?}, \
         at one half right {:.3} wrong {:.3}",
        examples.len(),
        at_half(true),
        at_half(false)
    );
}

/// Every question to a demo business whose words are in this script.
#[expect(
    clippy::print_stdout,
    reason = "questions that go wrong are worth reading"
)]
async fn ask_demo(arabic: bool) -> Vec<Example> {
    let mut examples = Vec::new();
    for (tenant, questions) in QUESTIONS {
        let library = Library::of_demo(tenant).await;
        for (question, needle) in *questions {
            let query = Query::new(question);
            if (query.language == Some("ar")) != arabic {
                continue;
            }
            let ranking = library.rank(question).await;
            let text = |first: &Ranked| first.candidate.passage.text.clone();
            let first = ranking.passages.first().map(text).unwrap_or_default();
            let right = !needle.is_empty() && first.contains(needle);
            if right != (ranking.confidence >= 0.5) || right == needle.is_empty() {
                println!(
                    "{:.2} {right} {question} {:.2?}",
                    ranking.confidence, ranking.features
                );
            }
            examples.push(Example::new(&ranking.features, right, ranking.confidence));
        }
    }
    examples
}

/// The sets together, each with the same weight but the demo's with that of `sets`.
fn pool(demo: Vec<Example>, sets: Vec<Vec<Example>>) -> Vec<Example> {
    let count = sets.len() as f64;
    let weighed = |set: Vec<Example>, weight: f64| {
        let each = weight / set.len() as f64;
        set.into_iter().map(move |example| Example {
            weight: each,
            ..example
        })
    };
    let others: Vec<Example> = sets.into_iter().flat_map(|set| weighed(set, 1.0)).collect();
    weighed(demo, count).chain(others).collect()
}

#[tokio::test]
#[ignore = "prints constants; takes minutes"]
async fn calibrate() {
    let (mut read, mut unread) = (Vec::new(), Vec::new());
    let words_only = [true, true, true, false, false, true, true, true, false];
    let (english, arabic) = (ask_demo(false).await, ask_demo(true).await);
    report("demo en", &english, [true; 9]);
    report("demo ar", &arabic, words_only);
    for (name, language, articles) in sets() {
        let mut examples = Vec::new();
        for size in SIZES {
            for part in articles.chunks(size.min(articles.len())).take(8) {
                ask_half(part, language, &mut examples).await;
            }
        }
        let used = if language == "en" {
            [true; 9]
        } else {
            words_only
        };
        report(&format!("{name} {language}"), &examples, used);
        if language == "en" {
            read.push(examples)
        } else {
            unread.push(examples)
        }
    }
    report("with cosines", &pool(english, read), [true; 9]);
    report("words only", &pool(arabic, unread), words_only);
}
