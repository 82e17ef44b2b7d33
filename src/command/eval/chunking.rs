//! How fast documents are cut into passages.

use cpu_time::ThreadTime;
use wafaa_pipelines::knowledge::{
    block::ParsedDocument,
    chunk::{self, Limits, Tokenizer},
};

/// How long it is measured, in processor seconds.
const MEASURED: f64 = 2.0;

/// Megabytes of text per processor second, over these documents again and again; `None` without any text.
pub(super) fn speed(documents: &[ParsedDocument], tokenizer: &Tokenizer) -> Option<f64> {
    let sizes = documents.iter().map(|document| chunk::text(document).len());
    let bytes = f64::from(u32::try_from(sizes.sum::<usize>()).ok()?);
    let limits = Limits::default();
    if bytes == 0.0 {
        return None;
    }
    let begun = ThreadTime::now();
    let mut rounds = 0.0;
    loop {
        for document in documents {
            std::hint::black_box(chunk::chunk(document, tokenizer, &limits));
        }
        rounds += 1.0;
        let taken = begun.elapsed().as_secs_f64();
        if taken > MEASURED {
            return Some(rounds * bytes / taken / 1e6);
        }
    }
}
