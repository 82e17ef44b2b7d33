//! The embedding engine by itself: tokens per CPU-second and the price of a short query.

use std::num::NonZero;

use cpu_time::ProcessTime;
use wafaa_embedding::Engine;

use super::{Effort, report::Row};
use crate::config::Config;

const QUERY: &str = "what vegan dishes do you have?";

pub(super) fn measure(config: &Config, effort: Effort) -> anyhow::Result<Vec<Row>> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let engine = Engine::load(&config.model.dir, cores)?;
    let texts: Vec<String> = (0..64).map(text).collect();
    let tokens: usize = texts
        .iter()
        .map(|text| engine.tokenizer().count(text) + 2)
        .sum();
    engine.embed_batch(&texts)?;
    let mut rows = Vec::new();
    for batch in [1, 8, 32] {
        let rounds = 2 * effort.factor;
        let begun = ProcessTime::now();
        for _ in 0..rounds {
            for texts in texts.chunks(batch) {
                engine.embed_batch(texts)?;
            }
        }
        let speed = count(tokens * rounds) / begun.elapsed().as_secs_f64();
        rows.push(Row::at_least(
            format!("embedding, batch {batch}"),
            speed,
            "tokens per CPU-second",
            10_000.0,
        ));
    }
    let queries = 100 * effort.factor;
    let begun = ProcessTime::now();
    for _ in 0..queries {
        engine.embed_query(QUERY)?;
    }
    let each = begun.elapsed().as_secs_f64() * 1_000.0 / count(queries);
    rows.push(Row::at_most(
        "embedding, short query",
        each,
        "ms of CPU",
        2.0,
    ));
    Ok(rows)
}

/// A passage of about 100 tokens, like no other.
pub(super) fn text(n: usize) -> String {
    format!(
        "On floor {n} the resident finds a laundry with {} machines, which is open from seven in the morning until \
         ten at night. A token for the machine costs {} riyals and is sold at the reception desk. Residents who \
         booked the roof garden return its key before midnight, and the caretaker of staircase {n} keeps a list of \
         all keys that were handed out during the week. Visitors park on level {} and register the number of their \
         car with the guard.",
        n % 7 + 2,
        n % 13 + 3,
        n % 4 + 1
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}
