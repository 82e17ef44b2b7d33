//! R@1 of the parts and of their fusion, by weight.

use wafaa_pipelines::conversation::Ranked;

use super::corpus::{Article, Indexed, faq, squad};

/// Of the two weights, the one not measured here.
const LETTERS: f32 = 0.25;

pub(super) fn sets() -> Vec<(&'static str, &'static str, Vec<Article>)> {
    let sets = [
        (
            "covid answers",
            "en",
            faq("faq_covidbert.csv", "question", "answer", false),
        ),
        (
            "covid faq",
            "en",
            faq("faq_covidbert.csv", "question", "answer", true),
        ),
        ("xquad", "de", squad("xquad.de.json")),
        ("xquad", "es", squad("xquad.es.json")),
        ("arcd", "ar", squad("arcd-train.json")),
        (
            "covid answers",
            "ar",
            faq("MT_ar_faq_covidbert.csv", "question_ar", "answer_ar", false),
        ),
    ];
    sets.into_iter()
        .filter_map(|(name, language, articles)| Some((name, language, articles?)))
        .collect()
}

/// The share of questions whose first passage by `score` is of their article.
async fn measure(name: &str, language: &'static str, articles: &[Article]) {
    let numbered: Vec<(usize, &Article)> = articles.iter().enumerate().collect();
    let indexed = Indexed::new(&numbered, language).await;
    let weights = [0.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 1e6];
    let (mut asked, mut ours, mut right) = (0, 0, [0; 8]);
    for (number, article) in &numbered {
        for question in &article.questions {
            let ranking = indexed.ask(question).await;
            asked += 1;
            let is_right = |best: Option<&Ranked>| {
                best.is_some_and(|best| indexed.article(best.candidate.passage.ordinal) == *number)
            };
            ours += usize::from(is_right(ranking.passages.first()));
            for (weight, right) in weights.iter().zip(&mut right) {
                let score = |ranked: &Ranked| ranked.evidence.fused(*weight, LETTERS);
                let best = ranking
                    .passages
                    .iter()
                    .max_by(|a, b| score(a).total_cmp(&score(b)));
                *right += usize::from(is_right(best));
            }
        }
    }
    let share = |count: usize| count as f64 / f64::from(asked);
    print!(
        "{name} {language}: {} articles, {asked} questions, R@1 {:.3};",
        articles.len(),
        share(ours)
    );
    for (weight, right) in weights.iter().zip(right) {
        print!("  {weight}: {:.3}", share(right));
    }
    println!();
}

#[tokio::test]
#[ignore = "prints figures; takes minutes"]
async fn measure_fusion() {
    for (name, language, articles) in sets() {
        measure(name, language, &articles).await;
        for (part, articles) in articles.chunks(30).enumerate().take(3) {
            measure(&format!("{name}, part {part}"), language, articles).await;
        }
    }
}
