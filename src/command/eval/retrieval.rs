//! `wafaa eval retrieval`: how often the right article comes first, beside stemmed BM25 on the same articles.

use serde::Serialize;
use wafaa_pipelines::conversation::Hit;

use super::{
    baseline::Baseline,
    score::Found,
    scratch::Scratch,
    sets::{self, Set},
    shelf::Shelf,
};
use crate::{
    cli::{Output, Questions},
    config::Config,
};

/// By how much BM25 should be beaten where the built-in model reads the language, and elsewhere.
const WANTED_ENGLISH: f64 = 0.04;
const WANTED: f64 = 0.0;

/// Passages asked for: enough that ten articles are among them.
const HITS: usize = 50;

/// One set's figures.
#[derive(Debug, Serialize)]
struct Row {
    set: String,
    language: &'static str,
    articles: usize,
    questions: usize,
    bm25: Found,
    ours: Found,
    /// What R@1 and nDCG@10 should exceed BM25's by.
    wanted: f64,
    ok: bool,
}

pub(super) async fn run(config: Config, asked: &Questions, output: Output) -> anyhow::Result<()> {
    let sets = sets::read(&asked.dir, asked.set.as_deref())?;
    let scratch = Scratch::open(config).await?;
    let mut rows = Vec::new();
    for set in &sets {
        let shelf = scratch.shelf(set, |_| true).await?;
        rows.push(measure(&scratch, set, &shelf, asked.questions).await?);
        scratch.clear(&shelf).await?;
    }
    print(output, &rows)
}

async fn measure(scratch: &Scratch, set: &Set, shelf: &Shelf, most: usize) -> anyhow::Result<Row> {
    let baseline = Baseline::new(set);
    let questions = set.questions(most);
    let (mut ours, mut bm25) = (Vec::new(), Vec::new());
    for (article, question) in &questions {
        let retriever = &scratch.runtime.retriever;
        let hits = retriever.search(&shelf.scope, &question.text, HITS).await?;
        let order = articles(&hits, shelf);
        ours.push(order.iter().position(|found| found == article));
        let order = baseline.ask(&question.text);
        bm25.push(order.iter().position(|found| found == article));
    }
    let (ours, bm25) = (Found::of(&ours), Found::of(&bm25));
    let wanted = if set.language == "en" {
        WANTED_ENGLISH
    } else {
        WANTED
    };
    let short = |ours: f64, bm25: f64| ours + 1e-9 < (bm25 + wanted).min(1.0);
    Ok(Row {
        set: set.name.clone(),
        language: set.language,
        articles: set.articles.len(),
        questions: questions.len(),
        ok: !short(ours.r1, bm25.r1) && !short(ours.ndcg10, bm25.ndcg10),
        bm25,
        ours,
        wanted,
    })
}

/// The articles of passages, each once.
fn articles(hits: &[Hit], shelf: &Shelf) -> Vec<usize> {
    let mut order = Vec::new();
    for hit in hits {
        let article = shelf.article(hit.document_id);
        if let Some(article) = article.filter(|article| !order.contains(article)) {
            order.push(article);
        }
    }
    order
}

fn print(output: Output, rows: &[Row]) -> anyhow::Result<()> {
    let header = [
        "SET",
        "",
        "ARTICLES",
        "QUESTIONS",
        "R@1",
        "R@5",
        "NDCG@10",
        "MRR",
        "BM25 R@1",
        "NDCG@10",
        "WANTED",
        "",
    ];
    crate::command::print(output, rows, &header, |row| {
        let number = |value: f64| format!("{value:.3}");
        vec![
            row.set.clone(),
            row.language.to_owned(),
            row.articles.to_string(),
            row.questions.to_string(),
            number(row.ours.r1),
            number(row.ours.r5),
            number(row.ours.ndcg10),
            number(row.ours.mrr),
            number(row.bm25.r1),
            number(row.bm25.ndcg10),
            format!("≥ BM25 + {:.2}", row.wanted),
            if row.ok { "ok" } else { "SHORT" }.to_owned(),
        ]
    })
}
