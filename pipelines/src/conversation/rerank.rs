//! The second stage of ranking, where one is configured: a model looks once more at the best passages.
//!
//! What must stay true: without its answer the order stands, and nothing but the order is its. How sure the bot is
//! goes by what was measured here, since a model's scores are on a scale of its own.

use super::rank::{Ranked, Ranking};
use crate::llm::Reranker;

/// Passages that are looked at once more.
const TOP: usize = 20;
/// Bytes of a passage that are looked at: models read some hundred words of each.
const LONG: usize = 4_000;

/// Puts the best passages into the order that the model says.
pub(super) async fn rerank(reranker: &Reranker, question: &str, ranking: &mut Ranking) {
    let top = ranking.passages.len().min(TOP);
    if top < 2 {
        return;
    }
    let texts: Vec<String> = ranking.passages[..top].iter().map(text).collect();
    match reranker.order(question, &texts).await {
        Ok(order) => arrange(&mut ranking.passages, &order),
        Err(error) => tracing::debug!(%error, "the passages stay in their order"),
    }
}

fn text(ranked: &Ranked) -> String {
    let passage = &ranked.candidate.passage;
    let mut text = if passage.heading.is_empty() {
        passage.text.clone()
    } else {
        format!("{}\n{}", passage.heading, passage.text)
    };
    text.truncate(text.floor_char_boundary(LONG));
    text
}

/// Puts the first passages into `order`. What a place is worth stays with the place: answers are made from passages
/// by how near they come to the first.
fn arrange(passages: &mut Vec<Ranked>, order: &[usize]) {
    let rest = passages.split_off(order.len());
    let points: Vec<f32> = passages.iter().map(|passage| passage.fused).collect();
    let mut before: Vec<Option<Ranked>> = passages.drain(..).map(Some).collect();
    let moved = order.iter().filter_map(|&place| before[place].take());
    passages.extend(
        moved
            .zip(points)
            .map(|(passage, fused)| Ranked { fused, ..passage }),
    );
    passages.extend(rest);
}
