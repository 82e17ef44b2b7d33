//! `wafaa ask`: one question, one cited answer.

use wafaa_domain::Slug;
use wafaa_pipelines::conversation::Answer;
use wafaa_storage::bot;

use crate::{cli::Output, config::Config, runtime::Runtime};

/// Passages an answer is made from.
const TOP_K: usize = 8;

pub(super) async fn run(
    config: Config,
    slug: &Slug,
    question: &str,
    output: Output,
) -> anyhow::Result<()> {
    let runtime = Runtime::open(config).await?;
    let scope = super::tenant::scope(&runtime.services.db, slug).await?;
    let tx = runtime.services.db.read(scope).await?;
    let (settings, _) = bot::get(&tx).await?;
    tx.commit().await?;
    let answer = runtime
        .services
        .responder
        .respond(&scope, &settings, question, TOP_K)
        .await?;
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print(&answer);
    }
    Ok(())
}

fn print(answer: &Answer) {
    println!("{}", answer.answer);
    if !answer.citations.is_empty() {
        println!();
    }
    for (number, citation) in answer.citations.iter().enumerate() {
        let page = citation
            .page
            .map(|page| format!(", page {page}"))
            .unwrap_or_default();
        println!("[{}] {}{page}", number + 1, citation.title);
    }
}
